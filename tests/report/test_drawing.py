"""What all figures share."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib as mpl
import numpy as np
from PIL import Image

from mmf_mixer.report.drawing import PALETTE, STYLE, colour_of, ink_on, new_figure, save, shade


def test_a_figure_is_written_as_png_and_svg_and_returned_for_a_page(tmp_path: Path) -> None:
    with mpl.rc_context(STYLE):
        figure = new_figure(2, 1)
        axes = figure.subplots()
        axes.set_title("$x^2 <b>&")
    axes.imshow(np.arange(1600.0).reshape(40, 40), interpolation="none")
    element = save(figure, tmp_path / "some.figure")
    assert Image.open(tmp_path / "some.figure.png").size == (220, 110)
    for svg in ((tmp_path / "some.figure.svg").read_text(), element):
        assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert element.startswith("<svg") and "$x^2 &lt;b&gt;&amp;" in element
    assert "currentColor" in element and "#1d1d1f" not in element
    assert len(element) < len((tmp_path / "some.figure.svg").read_text())


def test_the_same_figure_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        figure = new_figure(1, 1)
        figure.subplots().plot([1, 2])
        save(figure, tmp_path / name)
    for suffix in (".png", ".svg"):
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_colours() -> None:
    assert colour_of(["text", "audio"]) == {"text": PALETTE[0], "audio": PALETTE[1]}
    assert [ink_on(colour) for colour in PALETTE[:3]] == ["#ffffff", "#101010", "#101010"]
    assert shade(0.0) == ("#440154", "#ffffff") and shade(1.0) == ("#fde725", "#101010")
