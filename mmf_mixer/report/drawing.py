"""What all figures share: colours, files, and SVG that takes on the colours of the page it stands in."""

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from PIL import Image

INK = "#1d1d1f"  # of text and axes; on a page it becomes the page's own
GROUND = "#fefefe"  # what shows through a hollow mark; likewise
SEQUENTIAL = "viridis"  # even in lightness, and the same to all kinds of colour vision
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9")  # Okabe and Ito, 2008

STYLE: Any = {
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "font.size": 9,
    "text.parse_math": False,  # labels are names, whatever signs they hold
    "svg.hashsalt": "mmf-mixer",  # the same figure gives the same file
    "savefig.dpi": 110,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
}
METADATA: dict[str, Any] = dict.fromkeys(("Date", "Creator", "Format", "Type"))
EMBEDDED = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)")


def new_figure(width: float, height: float, margins: tuple[float, float, float, float] | None = None) -> Figure:
    """An empty figure of so many inches, with these `margins` around its axes: left, bottom, right and top. Without
    them its parts are arranged when it is drawn, which takes as long as drawing it."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout=None if margins else "constrained")
    if margins:
        left, bottom, right, top = margins
        figure.subplots_adjust(left / width, bottom / height, 1 - right / width, 1 - top / height)
    return figure


def colour_of(keys: Sequence[str]) -> dict[str, str]:
    """A colour for each modality."""
    return {key: PALETTE[number % len(PALETTE)] for number, key in enumerate(keys)}


def shade(value: float) -> tuple[str, str]:
    """The colours of a ground for a value in [0, 1], and of text to be read on it."""
    return to_hex(mpl.colormaps[SEQUENTIAL](value)), "#101010" if value > 0.6 else "#ffffff"


def ink_on(colour: str) -> str:
    """The colour of text on a ground of this colour: whichever has more contrast by WCAG 2."""
    light = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in to_rgb(colour)]
    luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
    return "#101010" if luminance > 0.18 else "#ffffff"


def save(figure: Figure, path: Path) -> str:
    """Write `path` with .png, on white, and with .svg, its text as outlines. Each is drawn once, by its own canvas:
    `savefig` would draw everything twice.

    Returns:
        The figure as an SVG element with text in it, to stand in a page and be drawn in the page's ink.
    """
    file = StringIO()
    with mpl.rc_context(STYLE):
        figure.set(dpi=mpl.rcParams["savefig.dpi"], facecolor="white")
        FigureCanvasAgg(figure).print_png(path.with_name(path.name + ".png"))  # type: ignore[no-untyped-call]
        figure.set_layout_engine("none")  # it is arranged now
        figure.set_facecolor("none")
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(path.with_name(path.name + ".svg"), metadata=METADATA)
        with mpl.rc_context({"svg.fonttype": "none"}):
            canvas.print_svg(file, metadata=METADATA)
    svg = file.getvalue()
    svg = EMBEDDED.sub(_in_256_colours, svg[svg.index("<svg") :])
    svg = re.sub(r' id="(figure|axes|patch|text|line2d|matplotlib|xtick|ytick)[^"]*"', "", svg)
    return svg.replace(INK, "currentColor").replace(GROUND, "var(--ground)")


def _in_256_colours(found: re.Match[str]) -> str:
    """The same picture with a palette, a third of its size; what is see-through stays as it is."""
    picture = Image.open(BytesIO(b64decode(found[1])))
    if picture.convert("RGBA").getchannel("A").getextrema() != (255, 255):
        return found[0]
    file = BytesIO()
    picture.convert("RGB").quantize().save(file, "png", optimize=True)
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"


def some(count: int, most: int) -> Sequence[int]:
    """The places of at most so many of `count` things, spread evenly."""
    return sorted({int(place) for place in (np.arange(min(most, count)) + 0.5) / min(most, count) * count})
