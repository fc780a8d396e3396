"""The table of a comparison, for the terminal and for a README."""

from typing import Any

import numpy as np
from rich.table import Table

HEADINGS = ("model", "modalities", "accuracy %", "mAP %", "parameters", "ms / step")


def lines(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """The rows of the table, one per model and set of modalities, in the order they were trained."""
    figures = {(entry["model"], tuple(entry["modalities"]), entry["metric"]): entry for entry in results["summary"]}
    table: list[tuple[str, ...]] = []
    seen = set()
    for row in results["rows"]:
        name = (row["model"], tuple(row["modalities"]))
        if name in seen:
            continue
        seen.add(name)
        same = [r for r in results["rows"] if (r["model"], tuple(r["modalities"])) == name and "error" not in r]
        if not same:
            table.append((name[0], " + ".join(name[1]), "failed", "failed", "", ""))
            continue
        table.append(
            (
                name[0],
                " + ".join(name[1]),
                percent(figures[(*name, "group_accuracy")]),
                percent(figures[(*name, "mean_average_precision")]),
                f"{same[0]['params']:,}",
                f"{np.median([r['ms_per_step'] for r in same]):.1f}",
            )
        )
    return table


def percent(entry: dict[str, Any]) -> str:
    """A mean in percent, with half the width of its 95 % interval where there is one."""
    text = f"{100 * entry['mean']:.1f}"
    if entry["ci95"] is None:
        return text
    low, high = entry["ci95"]
    return f"{text} ± {50 * (high - low):.1f}"


def rich_table(results: dict[str, Any], title: str) -> Table:
    """For the terminal."""
    table = Table(title=title)
    for column, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="left" if column < 2 else "right")
    for line in lines(results):
        table.add_row(*line)
    return table


def markdown(results: dict[str, Any]) -> str:
    """For a README."""
    rows = [HEADINGS, ("---", "---", "---:", "---:", "---:", "---:"), *lines(results)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"
