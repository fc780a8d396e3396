"""Figures of a clip: its caption with words shaded, its spectrogram with cells weighed, its frames with bars."""

from typing import Any

import matplotlib as mpl
from einops import reduce
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmf_mixer.interpret.portraits import Picture, View
from mmf_mixer.processors.audio_spectrogram import mel
from mmf_mixer.report.drawing import SEQUENTIAL, STYLE, new_figure, shade, some

TICKS_HZ = (0, 250, 500, 1000, 2000, 4000, 8000, 16000)
MOST_FRAMES = 8
THUMBNAIL = 96  # pixels of a picture's longer side, about


@mpl.rc_context(STYLE)
def draw(view: View, colour: str) -> Figure:
    """The figure that fits the modality."""
    if view.picture is None:
        return words(view)
    return sound(view) if view.picture.ndim == 2 else frames(view, colour)


def shaded_words(view: View) -> list[tuple[str, float]]:
    """The words of a caption, and the share of each as a part of the largest."""
    shares = [float(view.shares[place.first : place.end].sum()) for place in view.places]
    largest = max(shares, default=0) or 1.0
    return [(place.text or "", share / largest) for place, share in zip(view.places, shares, strict=True)]


def words(view: View) -> Figure:
    """The caption, each word on a ground as bright as its share is large."""
    width, line, gap = 6.4, 0.36, 0.12  # inches
    figure = Figure(figsize=(width, line), facecolor="none")
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    x, row, texts = gap, 0, []
    for word, value in shaded_words(view):
        ground, ink = shade(value)
        text = figure.text(0, 0, word, color=ink, va="center", transform=figure.dpi_scale_trans, fontsize=10)
        text.set_bbox({"boxstyle": "round,pad=0.25", "facecolor": ground, "edgecolor": "none"})
        room = text.get_window_extent(renderer).width / figure.dpi + gap
        if x + room > width and x > gap:
            x, row = gap, row + 1
        texts.append((text, x, row))
        x += room + gap / 2
    for text, left, number in texts:
        text.set_position((left, (row - number + 0.5) * line))
    figure.set_size_inches(width, (row + 1) * line)
    return figure


def sound(view: View) -> Figure:
    """The spectrogram in grey under its cells, whose colour and opacity are their shares."""
    assert view.picture is not None
    figure = new_figure(4.4, 2.7, margins=(0.66, 0.45, 0.58, 0.08))
    axes = figure.subplots()
    cells = [place for place in view.places if place.high_hz is not None]
    start, stop, top = (cells[0].start, cells[-1].stop, cells[-1].high_hz) if cells else (0.0, 1.0, None)
    pitch = mel(top) if top else 1.0
    extent = (start, stop, 0.0, pitch)
    shown = resized(view.picture[None, ..., None])[0, ..., 0]
    place: Any = {"extent": extent, "origin": "lower", "aspect": "auto", "interpolation": "none"}
    axes.imshow(shown, cmap="gray_r", vmin=0, vmax=1.4, **place)
    if cells:
        columns = len({place.start for place in cells})
        shares = 100 * view.shares.reshape(-1, columns)
        peak = float(shares.max()) or 1.0
        alpha = 0.1 + 0.65 * shares / peak
        image = axes.imshow(shares, cmap=SEQUENTIAL, vmin=0, vmax=peak, alpha=alpha, **place)
        figure.colorbar(image, label="share, %", fraction=0.03, pad=0.05)
        ticks = [hertz for hertz in TICKS_HZ if mel(hertz) <= pitch]
        axes.set_yticks([mel(hertz) for hertz in ticks], [str(hertz) for hertz in ticks])
    else:
        axes.set_yticks([])
    axes.set_ylim(0, pitch)
    axes.set_xlabel("time, s" if cells else "time, parts of the clip")
    axes.set_ylabel("frequency, Hz" if cells else "frequency")
    return figure


def frames(view: View, colour: str) -> Figure:
    """At most eight of the frames above the share of each token."""
    assert view.picture is not None
    tokens = len(view.shares)
    shown = some(len(view.picture), MOST_FRAMES)
    figure = new_figure(6.4, 2.4, margins=(0.58, 0.44, 0.05, 0.1))
    strip, bars = figure.subplots(2, 1, height_ratios=(1, 1.1), sharex=True)
    step = tokens / len(shown)
    area = strip.get_position()
    box = (6.4 * area.width / len(shown), 2.4 * area.height)  # inches that each frame has
    for place, picture in enumerate(resized(view.picture[list(shown)])):
        scale = min(0.94 * box[0] / picture.shape[1], box[1] / picture.shape[0])  # inches of a pixel
        wide, high = step * scale * picture.shape[1] / box[0], scale * picture.shape[0] / box[1]
        left, low = (place + 0.5) * step - 0.5 - wide / 2, (1 - high) / 2
        extent = (left, left + wide, low, low + high)
        strip.imshow(picture, interpolation="none", aspect="auto", extent=extent)
    strip.axis("off")
    strip.set_ylim(0, 1)
    bars.bar(range(tokens), 100 * view.shares, color=colour, width=0.8)
    bars.set_xlim(-0.5, tokens - 0.5)
    bars.set_ylabel("share, %")
    if len(view.places) == tokens:
        ticks = some(tokens, MOST_FRAMES)
        middles = [(view.places[token].start + view.places[token].stop) / 2 for token in ticks]
        bars.set_xticks(list(ticks), [f"{middle:.2f}" for middle in middles])
        bars.set_xlabel("time, s")
    else:
        bars.set_xlabel("token")
    return figure


def resized(pictures: Picture) -> Picture:
    """F x H x W x C no larger than a thumbnail; larger ones are averaged over whole pixels."""
    factor = max(1, round(max(pictures.shape[1:3]) / THUMBNAIL))
    height, width = (side // factor * factor for side in pictures.shape[1:3])
    cut = pictures[:, :height, :width]
    return reduce(cut, "f (h y) (w x) c -> f h w c", "mean", y=factor, x=factor)
