"""The page of a run's stencils: one HTML file that needs no network, and its figures as files."""

import re
from pathlib import Path

from rich.progress import track

from mmf_mixer.files import write_text
from mmf_mixer.interpret.explain import Explanation
from mmf_mixer.interpret.portraits import Portrait
from mmf_mixer.interpret.usage import Usage
from mmf_mixer.protocols import Json
from mmf_mixer.report.drawing import colour_of, save, shade
from mmf_mixer.report.html import environment
from mmf_mixer.report.stencils.clip_figures import draw, shaded_words
from mmf_mixer.report.stencils.figures import share_matrix, stencil_map, usage_bars


def write_report(out: Path, found: Explanation, usage: Usage, portraits: dict[str, Portrait]) -> Path:
    """Write `stencils.html` and `figures/` into a folder; returns the page's path.

    Args:
        out: the folder.
        found: stencils, contributions and their faithfulness.
        usage: of the same run.
        portraits: a clip for each label that has one.
    """
    figures = out / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    rows = track(range(len(found.labels)), "Drawing", transient=True)
    content = {
        "usage": usage,
        "faithfulness": found.faithfulness,
        "colours": colour_of(tuple(found.slices)),
        "scale": ", ".join(shade(part / 8)[0] for part in range(9)),
        "matrix": save(share_matrix(found), figures / "contributions"),
        "bars": save(usage_bars(usage), figures / "usage"),
        "classes": [_class(found, row, portraits.get(found.labels[row]), figures) for row in rows],
    }
    page = environment().get_template("stencils.html")
    write_text(out / "stencils.html", page.render(content))
    return out / "stencils.html"


def _class(found: Explanation, row: int, portrait: Portrait | None, figures: Path) -> Json:
    """What the page says of a label; its figures are written."""
    label = found.labels[row]
    stem = f"{found.classes[row]:03d}-{re.sub(r'[^a-z0-9]+', '-', label.lower()).strip('-')}"
    return {
        "label": label,
        "shares": found.modality_shares(row),
        "clusters": found.clusters[row],
        "stencils": save(stencil_map(found, row), figures / f"{stem}-stencils"),
        "clip": portrait and _clip(portrait, colour_of(tuple(found.slices)), figures / stem),
    }


def _clip(portrait: Portrait, colours: dict[str, str], stem: Path) -> Json:
    """What the page says of a clip; its figures are written."""
    views = []
    for view in portrait.views:
        figure = save(draw(view, colours[view.key]), stem.with_name(f"{stem.name}-{view.key}"))
        words = [(word, *shade(value)) for word, value in shaded_words(view)] if view.picture is None else []
        views.append({"key": view.key, "share": view.shares.sum(), "words": words, "figure": figure})
    return {"id": portrait.contribution.clip, "probability": portrait.contribution.probability, "views": views}
