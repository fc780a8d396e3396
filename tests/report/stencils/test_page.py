"""The page: all numbers in it, nothing from outside, and nothing that a label's name could do."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from mmf_mixer.interpret.explain import Explanation
from mmf_mixer.interpret.portraits import Portrait
from mmf_mixer.interpret.usage import Usage
from mmf_mixer.report.numbers import plus_minus
from mmf_mixer.report.stencils.page import write_report
from tests.report.conftest import FIGURE, HOSTILE


class Elements(HTMLParser):
    """All elements of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_says_what_was_measured(found: Explanation, usage: Usage, portrait: Portrait, tmp_path: Path) -> None:
    page = write_report(tmp_path, found, usage, {"act/run": portrait})
    assert page == tmp_path / "stencils.html"
    text = " ".join(Elements(page.read_text()).text.split())
    assert "The stencils are faithful." in text and "60 clips" in text
    assert "act/run" in text and HOSTILE in text
    assert "text 20 %, audio 40 %, video 40 %" in text and "text 0 %, audio 37 %, video 63 %" in text
    assert "4 restarts form 2 clusters (silhouette 0.61, stability 0.75)" in text and "form 1 cluster;" in text
    assert "masks alone" in text and "0.125 ± 0.050" in text and "0.500 ± 0.250" in text
    assert "91.0 ± 5.0" in text and "Entropy of the Shapley shares: 0.87 ± 0.05" in text
    assert "Clip clip<7>" in text and "probability 0.83" in text
    assert "<i>go now" in text and "text: 15 % of the evidence" in text
    assert "No clip of the split has this label." in text


def test_the_page_needs_no_network_and_runs_nothing(
    found: Explanation, usage: Usage, portrait: Portrait, tmp_path: Path
) -> None:
    page = write_report(tmp_path, found, usage, {"act/run": portrait}).read_text()
    elements = Elements(page).found
    assert not {tag for tag, _ in elements} & {"script", "link", "iframe", "i-go"}
    for _, attributes in elements:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/png;base64,"))
    assert "@import" not in page and not re.search(r"url\((?!#)", page)
    assert sum(tag == "svg" for tag, _ in elements) == 2 + 2 + 2  # of the run, of the labels, of the clip


def test_figures_are_files_of_their_own(found: Explanation, usage: Usage, portrait: Portrait, tmp_path: Path) -> None:
    write_report(tmp_path, found, usage, {"act/run": portrait})
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    stems = ["contributions", "usage", "000-act-run-stencils", "000-act-run-text", "000-act-run-audio"]
    stems += ["000-act-run-video", "001-act-script-alert-1-script-stencils"]
    assert names == {stem + suffix for stem in stems for suffix in (".png", ".svg")}
    for path in (tmp_path / "figures").glob("*.svg"):
        ElementTree.parse(path)


def test_what_could_not_be_measured_is_left_out(found: Explanation, usage: Usage, tmp_path: Path) -> None:
    bare = {"samples": 0, "verdict": "Nothing.", "rank_correlation": {"shuffled_weights": FIGURE, "halves": FIGURE}}
    page = write_report(tmp_path, replace(found, faithfulness=bare), replace(usage, entropy=None), {})
    text = Elements(page.read_text()).text
    assert "Nothing." in text and "deletion" not in text and "none is used" in text and "two halves" in text


def test_intervals(usage: Usage) -> None:
    assert plus_minus(FIGURE) == "0.500 ± 0.250" and plus_minus(None) == "-"
    assert plus_minus(usage.entropy, 100, 1) == "87.0 ± 5.0"
