"""Means and intervals over seeds."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats


def interval(values: Sequence[float]) -> tuple[float, float] | None:
    """The 95 % confidence interval of the mean by Student's t, or None for fewer than two values."""
    if len(values) < 2:
        return None
    centre, error = float(np.mean(values)), float(stats.sem(values))
    if error == 0:
        return centre, centre
    low, high = stats.t.interval(0.95, len(values) - 1, loc=centre, scale=error)
    return float(low), float(high)


def summarise(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry per model, set of modalities, fraction and metric, over the seeds whose training succeeded."""
    groups: dict[tuple[str, tuple[str, ...], float, str], list[float]] = defaultdict(list)
    for row in rows:
        for metric, value in row.get("metrics", {}).items():
            groups[row["model"], tuple(row["modalities"]), row["fraction"], metric].append(value)
    return [
        {
            "model": model,
            "modalities": list(modalities),
            "fraction": fraction,
            "metric": metric,
            "mean": float(np.mean(values)),
            "std": float(np.std(values, ddof=1)) if len(values) > 1 else None,
            "ci95": interval(values),
            "n": len(values),
        }
        for (model, modalities, fraction, metric), values in groups.items()
    ]
