"""Figures of a whole run: the stencils of a class, the contributions to all classes, the usage of modalities."""

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from mmf_mixer.interpret.explain import Explanation
from mmf_mixer.interpret.usage import Usage
from mmf_mixer.report.drawing import INK, SEQUENTIAL, STYLE, colour_of, new_figure, shade

MOST_STENCILS = 3  # of a class that are drawn


@mpl.rc_context(STYLE)
def stencil_map(found: Explanation, row: int) -> Figure:
    """The contribution of each token to the class in that row, over its largest stencils, tokens x channels."""
    clusters, colours = found.clusters[row], colour_of(tuple(found.slices))
    stencils = clusters.stencils[:MOST_STENCILS].abs().numpy()
    figure = new_figure(8.4, 4.2, margins=(0.64, 0.44, 0.58, 0.26))
    widths = (*[1.0] * len(stencils), 0.06)
    grid = figure.add_gridspec(2, len(widths), width_ratios=widths, height_ratios=(1, 2.6), wspace=0.08, hspace=0.36)
    bars = figure.add_subplot(grid[0, :-1])
    tokens = 100 * found.shares.tokens[row].cpu().numpy()
    for key, span in found.slices.items():
        bars.bar(np.arange(span.start, span.stop), tokens[span], width=0.9, color=colours[key], label=key)
    bars.margins(x=0)
    bars.set_title("contribution of each token")
    bars.set_ylabel("share, %")
    bars.legend(frameon=False, ncols=len(colours), loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)
    top = float(stencils.max()) or 1.0
    for column, stencil in enumerate(stencils):
        cells = figure.add_subplot(grid[1, column])
        image = cells.imshow(
            stencil.T, vmin=0, vmax=top, cmap=SEQUENTIAL, aspect="auto", origin="lower", interpolation="none"
        )
        for key, span in found.slices.items():
            cells.axvspan(span.start - 0.5, span.stop - 0.5, 1.01, 1.05, color=colours[key], lw=0, clip_on=False)
            cells.axvline(span.start - 0.5, color="white", linewidth=1)
        cells.set_title(f"stencil of {clusters.sizes[column]} of {sum(clusters.sizes)} restarts", pad=9)
        cells.set_xlabel("token")
        cells.tick_params(labelleft=column == 0)
        if column == 0:
            cells.set_ylabel("channel")
    scale = figure.add_subplot(grid[1, -1])
    figure.colorbar(image, scale, label="0 closed, 1 open" if top <= 1 else "size of the input")
    return figure


@mpl.rc_context(STYLE)
def share_matrix(found: Explanation) -> Figure:
    """What each modality contributes to each class, in percent: classes x modalities."""
    keys, shares = list(found.slices), np.stack([each.cpu().numpy() for each in found.shares.modalities.values()], 1)
    figure = new_figure(2.2 + 0.9 * len(keys), 0.8 + 0.21 * len(found.labels))
    axes = figure.subplots()
    image = axes.imshow(100 * shares, vmin=0, vmax=100, cmap=SEQUENTIAL, aspect="auto", interpolation="none")
    axes.set_xticks(range(len(keys)), keys)
    axes.set_yticks(range(len(found.labels)), found.labels)
    axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    for row, column in np.ndindex(*shares.shape):
        share = float(shares[row, column])
        if np.isnan(share):
            axes.text(column, row, "–", ha="center", va="center", color=INK, fontsize=8)
            continue
        _, ink = shade(share)
        axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", color=ink, fontsize=8)
    figure.colorbar(image, label="contribution, %", fraction=0.06, pad=0.03)
    return figure


@mpl.rc_context(STYLE)
def usage_bars(usage: Usage) -> Figure:
    """What the accuracy loses without each modality, and its Shapley values, with 95 % intervals."""
    measures = {"drop": "lost if masked", "perceptual": "lost if permuted", "shapley": "Shapley value"}
    figure = new_figure(6.4, 2.8)
    axes = figure.subplots()
    width = 0.8 / len(usage.modalities)
    for number, (key, colour) in enumerate(colour_of(tuple(usage.modalities)).items()):
        figures = [getattr(usage.modalities[key], name) for name in measures]
        heights = np.array([each.mean for each in figures])
        errors = np.array([[each.mean - each.low, each.high - each.mean] for each in figures]).T
        places = np.arange(len(measures)) + (number - (len(usage.modalities) - 1) / 2) * width
        axes.bar(places, 100 * heights, width, label=key, color=colour)
        axes.errorbar(places, 100 * heights, 100 * errors, fmt="none", ecolor=INK, capsize=3, linewidth=1)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_xticks(range(len(measures)), measures.values())
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("accuracy, points")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure
