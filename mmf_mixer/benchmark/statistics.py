"""What a comparison says: means with intervals, models side by side on the same clips, and what they use."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from scipy import stats

from mmf_mixer.benchmark import resampling
from mmf_mixer.benchmark.answers import Answer, Entry, read_answers
from mmf_mixer.benchmark.cache import code_digest
from mmf_mixer.benchmark.closure import libraries
from mmf_mixer.benchmark.interactions import interactions
from mmf_mixer.benchmark.resampling import METRICS
from mmf_mixer.benchmark.section import reference
from mmf_mixer.benchmark.used import usage_summary
from mmf_mixer.data.folder import DatasetFolder
from mmf_mixer.files import write_text
from mmf_mixer.protocols import Json
from mmf_mixer.store.manifest import sha256

STATISTICS = "statistics.json"
SIGNIFICANT = 0.05
Draws = Mapping[tuple[Entry, str], NDArray[np.float64]]  # S x R of an entry and a metric
Rows = Sequence[Mapping[str, Any]]


def statistics(rows: Rows, folder: DatasetFolder, out: Path) -> Json:
    """The parts of `results.json` that follow from its rows.

    They are kept in `statistics.json`, and taken from there while rows, scores and this code are the same.

    Args:
        rows: of `results.json`; `scores`, `usage` and `additive` are paths relative to `out`.
        folder: the dataset folder.
        out: the folder of the comparison.

    Returns:
        `summary`, `paired`, `interactions`, `usage`, and `training_clips`: their number at a fraction of 1.

    Raises:
        InputError: two rows were tested on different clips or labels.
    """
    key, cache = _key(rows, folder, out), out / STATISTICS
    if cache.is_file() and (kept := json.loads(cache.read_text()))["key"] == key:
        return {name: part for name, part in kept.items() if name != "key"}
    found = read_answers(rows, folder.labels, out)
    again = {
        (entry, name): resampling.resampled(list(found[entry].values()), metric)
        for entry in track(found, "Drawing clips again", transient=True)
        for name, metric in METRICS.items()
    }
    result = {
        "summary": summarise(rows, again),
        "paired": compare_pairs(found, again),
        "interactions": interactions(rows, folder.labels, out),
        "usage": usage_summary(rows, out),
        "training_clips": len(folder.splits["train"]),
    }
    write_text(cache, json.dumps({"key": key, **result}))
    return result


def unfinished(rows: Rows, folder: DatasetFolder) -> Json:
    """The same parts while rows are still to come: means with Student's intervals over the seeds, and no tests."""
    told: Json = {"summary": summarise(rows), "paired": [], "interactions": [], "usage": []}
    return told | {"training_clips": len(folder.splits["train"])}


def student_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """The 95 % confidence interval of the mean by Student's t, or None for fewer than two values."""
    if len(values) < 2:
        return None
    centre, error = float(np.mean(values)), float(stats.sem(values))
    if error == 0:
        return centre, centre
    low, high = stats.t.interval(0.95, len(values) - 1, loc=centre, scale=error)
    return float(low), float(high)


def summarise(rows: Rows, again: Draws | None = None) -> list[Json]:
    """One entry per model, set of modalities, fraction and metric, over the seeds whose training succeeded.

    The interval is over clips and seeds where the metric was drawn `again`, and elsewhere Student's over the seeds.
    It ends where a share does, at 0 and 1.
    """
    groups: dict[tuple[Entry, str], list[float]] = defaultdict(list)
    for row in rows:
        for metric, value in row.get("metrics", {}).items():
            groups[Entry.of(row), metric].append(value)
    summary = []
    for (entry, metric), values in groups.items():
        mean, draws = float(np.mean(values)), (again or {}).get((entry, metric))
        bounds = student_interval(values) if draws is None else resampling.bootstrap_interval(mean, draws)
        summary.append(
            {
                **_named(entry),
                "metric": metric,
                "mean": mean,
                "std": float(np.std(values, ddof=1)) if len(values) > 1 else None,
                "ci95": bounds and resampling.of_share(bounds),
                "n": len(values),
            }
        )
    return summary


def compare_pairs(found: Mapping[Entry, Mapping[int, Answer]], again: Draws) -> list[Json]:
    """The reference beside each other entry, on the same clips and seeds.

    `p_holm` is corrected for all tests of the same metric, those of one table. The test asks whether other clips could
    undo the difference, the interval also whether other seeds could: what is `significant` passes both.
    """
    paired: list[Json] = []
    for a, b in track(list(pairs(list(found))), "Testing differences", transient=True):
        seeds = [seed for seed in found[a] if seed in found[b]]
        if not seeds:
            continue
        first, second = ([found[entry][seed] for seed in seeds] for entry in (a, b))
        for name, metric in METRICS.items():
            ours, theirs = resampling.observed(first, metric), resampling.observed(second, metric)
            difference = float((ours - theirs).mean())
            draws_a, draws_b = (again[e, name][[list(found[e]).index(seed) for seed in seeds]] for e in (a, b))
            paired.append(
                {
                    "a": a.model,
                    "b": b.model,
                    "metric": name,
                    "fraction": a.fraction,
                    "modalities": list(a.modalities),
                    "b_modalities": list(b.modalities),
                    "difference": difference,
                    "relative": difference / float(theirs.mean()) if theirs.mean() else None,
                    "ci95": resampling.bootstrap_interval(difference, draws_a - draws_b),
                    "p": resampling.p_value(first, second, metric),
                    "n": len(seeds),
                }
            )
    for name in METRICS:
        tests = [test for test in paired if test["metric"] == name]
        for test, corrected in zip(tests, resampling.holm([test["p"] for test in tests]), strict=True):
            low, high = test["ci95"]
            test["p_holm"] = corrected
            test["significant"] = corrected <= SIGNIFICANT and not low <= 0 <= high
    return paired


def pairs(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Which entries are compared, each with its fraction's own.

    The reference with every other model that has the same modalities; and where it has the most modalities, with
    everything that has some of them.
    """
    for a in entries:
        if a.model != reference([entry.model for entry in entries]):
            continue
        most = max(len(entry.modalities) for entry in entries if (entry.model, entry.fraction) == (a.model, a.fraction))
        for b in entries:
            mine, others = set(a.modalities), set(b.modalities)
            if b.fraction == a.fraction and b != a and (others == mine or (len(mine) == most and others < mine)):
                yield a, b


def _named(entry: Entry) -> Json:
    return {**entry._asdict(), "modalities": list(entry.modalities)}


def _key(rows: Rows, folder: DatasetFolder, out: Path) -> str:
    """Of all that the statistics follow from."""
    files = [out / row[name] for row in rows for name in ("scores", "usage", "additive") if row.get(name)]
    code = [code_digest(__name__), json.dumps(libraries(__name__))]
    parts = [json.dumps(list(rows), sort_keys=True), repr(folder.labels), str(len(folder.splits["train"]))]
    return hashlib.sha256("\n".join([*parts, *code, *map(sha256, files)]).encode()).hexdigest()
