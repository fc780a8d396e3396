"""Figures of a comparison: every entry with its interval, learning curves, what accuracy costs, what models use."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, FixedLocator, FuncFormatter, LogLocator, NullLocator
from scipy.optimize import isotonic_regression

from mmf_mixer.benchmark.answers import Entry
from mmf_mixer.report.comparison.results import NAMES, Comparison, Found
from mmf_mixer.report.drawing import GROUND, INK, PALETTE, STYLE, colour_of, ink_on, new_figure

MARKERS = "osD^vPX<>*hpd"
COSTS = {"ms_per_step": "milliseconds of a training step", "params": "parameters"}


class Style(NamedTuple):
    """How a model is drawn in all figures."""

    colour: str
    marker: str
    line: str
    width: float


def styles(found: Comparison) -> dict[str, Style]:
    """The reference has the first colour and a strong line; others share the other colours, told apart by markers."""
    others = [model for model in found.models if model != found.reference]
    made = {found.reference: Style(PALETTE[0], MARKERS[0], "-", 2.4)}
    for number, model in enumerate(others):
        cycle, colour = divmod(number, len(PALETTE) - 1)
        marker = MARKERS[1 + number % (len(MARKERS) - 1)]
        made[model] = Style(PALETTE[1 + colour], marker, ("-", "--", ":")[cycle % 3], 1.3)
    return made


@mpl.rc_context(STYLE)
def interval_plot(found: Comparison, fraction: float) -> Figure:
    """Each entry's accuracy and mean average precision with intervals, the reference's lead as a line through all."""
    known = {entry for entry, _ in found.figures}
    entries, by_model = [entry for entry in found.of(fraction) if entry in known][::-1], styles(found)
    figure = new_figure(9.2, 0.9 + 0.27 * len(entries))
    for axes, (metric, name) in zip(figure.subplots(1, 2, sharey=True), NAMES.items(), strict=True):
        for row, entry in enumerate(entries):
            if summary := found.figures.get((entry, metric)):
                whole = entry.modalities == found.widest
                low, high = summary["ci95"] or (summary["mean"], summary["mean"])
                style = by_model[entry.model]
                axes.plot([100 * low, 100 * high], [row, row], color=style.colour, linewidth=2, solid_capstyle="round")
                face = style.colour if whole else GROUND
                axes.plot(100 * summary["mean"], row, style.marker, color=style.colour, markerfacecolor=face)
        if summary := found.figures.get((found.lead(fraction), metric)):
            axes.axvline(100 * summary["mean"], color=PALETTE[0], linewidth=0.8, linestyle=":", zorder=0)
        axes.set_xlabel(f"{name}, %")
        axes.grid(axis="x", color=INK, alpha=0.12, linewidth=0.6)
        axes.spines.left.set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.set_yticks(range(len(entries)), [found.name(entry) for entry in entries])
        axes.set_ylim(-0.6, len(entries) - 0.4)
    return figure


@mpl.rc_context(STYLE)
def learning_curves(found: Comparison) -> Figure:
    """Both metrics over the number of training clips, of all models with the widest set of modalities."""
    by_model = styles(found)
    figure = new_figure(9.2, 4.4)
    for axes, (metric, name) in zip(figure.subplots(1, 2), NAMES.items(), strict=True):
        ends = []
        for model, style in by_model.items():
            entries = [Entry(model, found.widest, fraction) for fraction in found.fractions]
            known = [(entry, found.figures[entry, metric]) for entry in entries if (entry, metric) in found.figures]
            if not known:
                continue
            sizes = [found.size(entry.fraction) for entry, _ in known]
            means = [100 * summary["mean"] for _, summary in known]
            front = 3 if model == found.reference else 2
            axes.plot(
                sizes, means, style.line, color=style.colour, linewidth=style.width, marker=style.marker, zorder=front
            )
            ends.append((means[-1], sizes[-1], model))
            if model == found.reference and all(summary["ci95"] for _, summary in known):
                low, high = 100 * np.array([summary["ci95"] for _, summary in known]).T
                axes.fill_between(sizes, low, high, color=style.colour, alpha=0.15, linewidth=0)
        _sizes(axes, found)
        axes.set_ylabel(f"{name}, %")
        axes.grid(axis="y", color=INK, alpha=0.12, linewidth=0.6)
        _name_ends(axes, ends, by_model)
    return figure


@mpl.rc_context(STYLE)
def cost_plot(found: Comparison, fraction: float) -> Figure:
    """Both metrics against milliseconds and parameters; markers as elsewhere, hollow for fewer modalities."""
    figure = new_figure(9.2, 5.6)
    grid = figure.subplots(2, 2, sharey="row", sharex="col")
    for row, (metric, name) in zip(grid, NAMES.items(), strict=True):
        for axes, cost in zip(row, COSTS, strict=True):
            for entry in found.of(fraction):
                _mark(axes, found, entry, found.cost(entry, cost), found.figures.get((entry, metric)))
            _logarithmic(axes)
            axes.grid(color=INK, alpha=0.12, linewidth=0.6)
        row[0].set_ylabel(f"{name}, %")
    for axes, title in zip(grid[-1], COSTS.values(), strict=True):
        axes.set_xlabel(title)
    handles = {label: handle for handle, label in zip(*grid[0, 1].get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), frameon=False, loc="outside right upper")
    return figure


@mpl.rc_context(STYLE)
def share_bars(found: Comparison, fraction: float) -> Figure:
    """The Shapley share of each modality, model by model, with the entropy of the shares."""
    entries = [entry for entry in found.of(fraction) if entry in found.usage and entry.modalities == found.widest][::-1]
    figure = new_figure(9.2, 1.0 + 0.32 * len(entries))
    axes = figure.subplots()
    left = np.zeros(len(entries))
    for key, colour in colour_of(found.widest).items():
        shares = [found.usage[entry]["measures"][key]["share"] for entry in entries]
        widths = np.array([100 * share["mean"] if share else 0 for share in shares])
        axes.barh(range(len(entries)), widths, 0.72, left=left, color=colour, label=key)
        for row, width in enumerate(widths):
            if width >= 5:
                place: Any = {"ha": "center", "va": "center", "fontsize": 8}
                axes.text(left[row] + width / 2, row, f"{width:.0f}", color=ink_on(colour), **place)
        left += widths
    for row, entry in enumerate(entries):
        entropy = found.usage[entry]["entropy"]
        said = "none used" if entropy is None else f"{entropy['mean']:.2f}"
        axes.text(102, row, said, va="center", fontsize=8.5)
    axes.text(102, len(entries) - 0.45, "entropy", va="bottom", fontsize=8.5)
    axes.set_yticks(range(len(entries)), [entry.model for entry in entries])
    axes.tick_params(axis="y", length=0)
    axes.spines.left.set_visible(False)
    axes.set_xlim(0, 112)
    axes.set_xticks(range(0, 101, 20))
    axes.set_xlabel("share of the accuracy gained, %")
    axes.legend(frameon=False, ncols=len(found.widest), loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0)
    return figure


def apart(values: Sequence[float], gap: float) -> list[float]:
    """The same values in the same order, each moved as little as it takes for them to be `gap` apart."""
    order = np.argsort(values, kind="stable")
    steps = gap * np.arange(len(values))
    moved = np.empty(len(values))
    moved[order] = isotonic_regression(np.asarray(values)[order] - steps).x + steps
    return moved.tolist()


def _mark(axes: Axes, found: Comparison, entry: Entry, cost: float | None, summary: Found | None) -> None:
    """One entry's mark, if it has a cost and a result; one with fewer modalities says which."""
    if cost is None or summary is None:
        return
    style, whole = styles(found)[entry.model], entry.modalities == found.widest
    face, size = style.colour if whole else GROUND, 9 if entry == found.lead(entry.fraction) else 6.5
    (mark,) = axes.plot(cost, 100 * summary["mean"], style.marker, color=style.colour, mfc=face, markersize=size)
    if whole:
        mark.set_label(entry.model)
    else:
        place: Any = {"xytext": (6, 0), "textcoords": "offset points", "fontsize": 7.5, "va": "center"}
        axes.annotate(" + ".join(entry.modalities), (cost, 100 * summary["mean"]), **place)


def _name_ends(axes: Axes, ends: Sequence[tuple[float, float, str]], by_model: dict[str, Style]) -> None:
    """Write each model's name at the end of its curve, with a thin line to where the name had to go."""
    low, high = axes.get_ylim()
    heights = apart([value for value, _, _ in ends], (high - low) * 0.052)
    for (value, size, model), height in zip(ends, heights, strict=True):
        axes.annotate(
            model, (size, value), (1.06, height), textcoords=axes.get_yaxis_transform(), va="center", fontsize=8.5,
            weight="bold" if by_model[model].width > 2 else "normal", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": by_model[model].colour, "linewidth": 0.8,
                        "shrinkA": 1, "shrinkB": 4, "relpos": (0, 0.5)},
        )  # fmt: skip


def _logarithmic(axes: Axes) -> None:
    """Ticks at powers of ten; where there are few, also at 2 and 5 times these; in plain numbers."""
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.xaxis.set_major_locator(LogLocator(subs=(1,) if high > 100 * low else (1, 2, 5)))
    axes.xaxis.set_major_formatter(EngFormatter())
    axes.xaxis.set_minor_locator(NullLocator())


def _sizes(axes: Axes, found: Comparison) -> None:
    """A logarithmic axis of training clips with a tick for each fraction."""
    sizes = [found.size(fraction) for fraction in found.fractions]
    counted = sizes[-1] > 1
    text: Any = FuncFormatter(lambda size, _: f"{size:.0f}" if counted else f"{100 * size:g} %")
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(sizes))
    axes.xaxis.set_major_formatter(text)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.margins(x=0.08)
    axes.set_xlabel("training clips")
