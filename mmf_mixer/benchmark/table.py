"""The table of a comparison, for the terminal."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from rich.table import Table

from mmf_mixer.protocols import Json

HEADINGS = ("model", "modalities", "accuracy %", "mAP %", "parameters", "ms / step")
FRACTION = "train clips"
BESIDE = ", beside others"
Name = tuple[str, tuple[str, ...], float]


def beside(rows: Iterable[Mapping[str, Any]]) -> str:
    """A mark for the heading of times that were taken while other trainings ran; empty if none were."""
    return BESIDE if any(row.get("jobs", 1) > 1 for row in rows) else ""


def headings(results: Json) -> tuple[str, ...]:
    """Of the columns; the fraction has one if there are several."""
    model, modalities, *figures = HEADINGS
    figures[-1] += beside(results["rows"])
    several = len({row["fraction"] for row in results["rows"]}) > 1
    return (model, modalities, *((FRACTION,) if several else ()), *figures)


def lines(results: Json) -> list[tuple[str, ...]]:
    """The rows of the table, one per model, set of modalities and fraction, in the order they were trained."""
    figures = {(*name_of(entry), entry["metric"]): entry for entry in results["summary"]}
    several = FRACTION in headings(results)
    table: list[tuple[str, ...]] = []
    for name in dict.fromkeys(map(name_of, results["rows"])):
        model, modalities, fraction = name
        begin = (model, " + ".join(modalities), *((share(fraction),) if several else ()))
        same = [row for row in results["rows"] if name_of(row) == name and "error" not in row]
        if not same:
            table.append((*begin, "failed", "failed", "", ""))
            continue
        table.append(
            (
                *begin,
                plus_minus(figures[(*name, "group_accuracy")]),
                plus_minus(figures[(*name, "mean_average_precision")]),
                f"{same[0]['params']:,}",
                f"{np.median([row['ms_per_step'] for row in same]):.1f}",
            )
        )
    return table


def name_of(row: Json) -> Name:
    """What rows have in common that differ in their seed alone."""
    return row["model"], tuple(row["modalities"]), row["fraction"]


def share(fraction: float) -> str:
    """A fraction as the table says it: in plus_minus, or above 1 a number of clips."""
    return f"{100 * fraction:g} %" if fraction <= 1 else f"{fraction:g}"


def plus_minus(entry: Json) -> str:
    """A mean in plus_minus, with how far its 95 % interval reaches where there is one."""
    text = f"{100 * entry['mean']:.1f}"
    if entry["ci95"] is None:
        return text
    low, high = entry["ci95"]
    return f"{text} ± {100 * max(high - entry['mean'], entry['mean'] - low):.1f}"


def rich_table(results: Json, title: str) -> Table:
    """For the terminal."""
    table = Table(title=title)
    for column, heading in enumerate(headings(results)):
        table.add_column(heading, justify="left" if column < 2 else "right")
    for line in lines(results):
        table.add_row(*line)
    return table
