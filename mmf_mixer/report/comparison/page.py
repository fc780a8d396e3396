"""The page of a comparison: one HTML file that needs no network, its figures and its tables as files."""

from pathlib import Path

from mmf_mixer.benchmark.answers import Entry
from mmf_mixer.files import write_text
from mmf_mixer.protocols import Json
from mmf_mixer.report.comparison.figures import cost_plot, interval_plot, learning_curves, share_bars
from mmf_mixer.report.comparison.results import Comparison
from mmf_mixer.report.comparison.tables import (
    cost_table,
    curves_table,
    document,
    evidence_table,
    further_table,
    group_table,
    interaction_table,
    main_table,
    missing_table,
    usage_table,
)
from mmf_mixer.report.comparison.words import verdict
from mmf_mixer.report.drawing import save
from mmf_mixer.report.html import environment


def write_comparison(out: Path, results: Json) -> Path:
    """Write `report.html`, `tables.md` and `figures/` into a folder; returns the page's path.

    Args:
        out: the folder of the comparison.
        results: what its `results.json` holds.
    """
    found = Comparison(results)
    figures = out / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    fractions = found.fractions[::-1]
    content = {
        "found": found,
        "verdict": verdict(found),
        "curves": save(learning_curves(found), figures / "curves") if len(fractions) > 1 else None,
        "by_clips": curves_table(found),
        "parts": [_part(found, fraction, figures) for fraction in fractions],
        "commands": [_commands(found, entry) for entry in found.entries],
        "environment": results["environment"],
    }
    page = environment().get_template("comparison.html")
    write_text(out / "report.html", page.render(content))
    write_text(out / "tables.md", document(found))
    return out / "report.html"


def _part(found: Comparison, fraction: float, figures: Path) -> Json:
    """What the page says of a fraction; its figures are written."""
    stem = f"{found.size(fraction):g}"
    usage = usage_table(found, fraction)
    return {
        "name": found.clips(fraction),
        "intervals": save(interval_plot(found, fraction), figures / f"intervals-{stem}"),
        "costs": save(cost_plot(found, fraction), figures / f"costs-{stem}"),
        "shares": usage and save(share_bars(found, fraction), figures / f"usage-{stem}"),
        "main": main_table(found, fraction),
        "cost": cost_table(found, fraction),
        "groups": group_table(found, fraction),
        "further": further_table(found, fraction),
        "interactions": interaction_table(found, fraction),
        "usage": usage,
        "missing": missing_table(found, fraction),
        "evidence": evidence_table(found, fraction),
    }


def _commands(found: Comparison, entry: Entry) -> Json:
    rows = [row for row in found.results["rows"] if Entry.of(row) == entry]
    return {"entry": entry, "clips": found.clips(entry.fraction), "rows": rows}
