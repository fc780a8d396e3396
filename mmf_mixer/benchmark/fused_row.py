"""A row that is made of the stored scores of single-modality rows: late fusion, or the reference of mismatched sets."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import torch

import mmf_mixer  # noqa: F401  # mends MMF, which the metrics need
from mmf_mixer.benchmark.late_fusion import fuse
from mmf_mixer.benchmark.mismatch_reference import compared, frequencies
from mmf_mixer.benchmark.processes import end_with_parent
from mmf_mixer.benchmark.row import OUTCOME, Outcome, finish
from mmf_mixer.benchmark.scores import SCORES, Scores, read_scores, write_scores
from mmf_mixer.benchmark.section import MISMATCH_REFERENCE
from mmf_mixer.data.clip import Labels
from mmf_mixer.data.folder import read_labels, read_split
from mmf_mixer.measures.metrics import group_accuracy, macro_f1, mean_average_precision
from mmf_mixer.protocols import Json

METRICS = {
    "group_accuracy": group_accuracy,
    "mean_average_precision": mean_average_precision,
    "group_macro_f1": macro_f1,
}


def metrics_of(scores: Scores, labels: Labels) -> dict[str, float]:
    """What MMF would measure of a trained row."""
    said, true = torch.from_numpy(scores.scores), torch.from_numpy(scores.targets).float()
    return {name: measure(said, true, labels) for name, measure in METRICS.items()}


def main(folder: Path, key: str, name: str, root: Path, rows: Mapping[str, Path]) -> None:
    """Make the row `name` of those in these folders, by modality, and leave the outcome in `folder`. Costs are those of
    all rows together."""
    labels = read_labels(root)
    members = {modality: read_scores(row / SCORES) for modality, row in rows.items()}
    made = Outcome()
    if name == MISMATCH_REFERENCE:
        scores = compared(members, labels, frequencies(read_split(root, "train", labels)))
    else:
        pool, scores = fuse(list(members.values()), labels)
        made["weights"] = {group.name: pool.weights[:, columns.start].tolist() for group, columns in labels.slices()}
    outcomes: list[Json] = [json.loads((row / OUTCOME).read_text()) for row in rows.values()]
    folder.mkdir(parents=True, exist_ok=True)
    write_scores(folder / SCORES, scores)
    made["metrics"], made["validation"] = metrics_of(scores["test"], labels), metrics_of(scores["val"], labels)
    made["params"] = sum(outcome["params"] for outcome in outcomes)
    made["train_seconds"] = round(sum(outcome["train_seconds"] for outcome in outcomes), 1)
    made["ms_per_step"] = round(sum(outcome["ms_per_step"] for outcome in outcomes), 2)
    made["jobs"] = max(outcome["jobs"] for outcome in outcomes)
    made["peak_mb"] = max(outcome["peak_mb"] for outcome in outcomes)
    finish(folder, key, made)


if __name__ == "__main__":
    end_with_parent()
    given = dict(row.split("=", 1) for row in sys.argv[5:])
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4]), {key: Path(row) for key, row in given.items()})
