"""What the models of a comparison use, and what they can do without: `usage.json` of all rows, over the seeds."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmf_mixer.benchmark.answers import Entry
from mmf_mixer.protocols import Json

MEASURES = ("drop", "perceptual", "shapley", "share")
Figure = dict[str, float | None]  # mean, and std over seeds


def usage_summary(rows: Sequence[Mapping[str, Any]], out: Path) -> list[Json]:
    """One entry per model, set of modalities and fraction that has `usage`; the measures are those of `Usage`.

    `missing` is the accuracy that is left when modalities are missing: the mean over all subsets of them but the empty
    and the whole one. A measure that no seed defines is None.

    Args:
        rows: of `results.json`.
        out: what the rows' paths are relative to.
    """
    groups: dict[Entry, list[Json]] = defaultdict(list)
    for row in rows:
        if row.get("usage") and "error" not in row:
            groups[Entry.of(row)].append(json.loads((out / row["usage"]).read_text()))
    return [_summary(entry, usages) for entry, usages in groups.items()]


def _summary(entry: Entry, usages: Sequence[Mapping[str, Any]]) -> Json:
    measured = [usage["modalities"] for usage in usages]
    parts = [[part["accuracy"]["mean"] for part in usage["subsets"]] for usage in usages]
    return {
        **entry._asdict(),
        "modalities": list(entry.modalities),
        "n": len(usages),
        "samples": usages[0]["samples"],
        "measures": {
            key: {name: _figure(_mean(each[key][name]) for each in measured) for name in MEASURES}
            for key in measured[0]
        },
        "entropy": _figure(_mean(usage["entropy"]) for usage in usages),
        "subsets": _parts([usage["subsets"] for usage in usages]),
        "missing": _figure(np.mean(values[1:-1]) for values in parts),
        "evidence": _parts([usage["evidence"] for usage in usages]),
    }


def _parts(seeds: Sequence[Sequence[Mapping[str, Any]]]) -> list[Json]:
    """Accuracy by subset or by evidence, of which all seeds have the same."""
    return [
        {"modalities": part[0]["modalities"], "samples": part[0]["samples"]}
        | {"accuracy": _figure(each["accuracy"]["mean"] for each in part)}
        for part in zip(*seeds, strict=True)
    ]


def _mean(estimate: Mapping[str, float] | None) -> float | None:
    return None if estimate is None else estimate["mean"]


def _figure(values: Iterable[float | None]) -> Figure | None:
    known = [float(value) for value in values if value is not None]
    if not known:
        return None
    return {"mean": float(np.mean(known)), "std": float(np.std(known, ddof=1)) if len(known) > 1 else None}
