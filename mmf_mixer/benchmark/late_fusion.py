"""Late fusion: what single-modality rows say, pooled with weights that suit the validation split best.

Nothing is trained: it works on the rows' stored scores, and pools them as the Mixer pools its heads. Test scores have
no part in the weights.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

import mmf_mixer  # noqa: F401  # mends MMF, which the metrics need
from mmf_mixer.benchmark.processes import end_with_parent
from mmf_mixer.benchmark.row import OUTCOME, finish
from mmf_mixer.benchmark.scores import JUDGED, SCORES, Scores, read_scores, write_scores
from mmf_mixer.data.clip import Labels
from mmf_mixer.data.folder import read_labels
from mmf_mixer.errors import InputError
from mmf_mixer.measures.metrics import group_accuracy, macro_f1, mean_average_precision
from mmf_mixer.modules.experts import OpinionPool
from mmf_mixer.protocols import Json

METRICS = {
    "group_accuracy": group_accuracy,
    "mean_average_precision": mean_average_precision,
    "group_macro_f1": macro_f1,
}


def common(members: Sequence[Scores]) -> list[Scores]:
    """The members' scores of those clips that each could read."""
    index = members[0].index
    for member in members[1:]:
        index = np.intersect1d(index, member.index)
    if not len(index):
        raise InputError("late fusion: there is no clip that all single modalities could read.")
    return [member.at(index) for member in members]


def fuse(
    members: Sequence[dict[str, Scores]], labels: Labels
) -> tuple[OpinionPool, dict[str, Scores], dict[str, dict[str, float]]]:
    """The pool, and by split the fused scores and their metrics.

    Args:
        members: by split the scores of each single-modality row.
    """
    pool = OpinionPool(len(members), len(labels))
    scores, metrics = {}, {}
    for split in JUDGED:  # val comes first
        parts = common([member[split] for member in members])
        said = torch.stack([torch.from_numpy(part.scores) for part in parts], dim=1)
        targets = torch.from_numpy(parts[0].targets).float()
        if split == "val":
            pool.fit(said, targets, labels)
        fused = pool(said)
        scores[split] = Scores(fused.numpy(), parts[0].targets, parts[0].index)
        metrics[split] = {name: measure(fused, targets, labels) for name, measure in METRICS.items()}
    return pool, scores, metrics


def main(folder: Path, key: str, root: Path, rows: Sequence[Path]) -> None:
    """Fuse the rows in these folders and leave the outcome in `folder`. Costs are those of all rows together."""
    labels = read_labels(root)
    pool, scores, metrics = fuse([read_scores(row / SCORES) for row in rows], labels)
    outcomes: list[Json] = [json.loads((row / OUTCOME).read_text()) for row in rows]
    folder.mkdir(parents=True, exist_ok=True)
    write_scores(folder / SCORES, scores)
    finish(
        folder,
        key,
        {
            "metrics": metrics["test"],
            "validation": metrics["val"],
            "weights": {group.name: pool.weights[:, columns.start].tolist() for group, columns in labels.slices()},
            "params": sum(outcome["params"] for outcome in outcomes),
            "train_seconds": round(sum(outcome["train_seconds"] for outcome in outcomes), 1),
            "ms_per_step": round(sum(outcome["ms_per_step"] for outcome in outcomes), 2),
            "jobs": max(outcome["jobs"] for outcome in outcomes),
            "peak_mb": max(outcome["peak_mb"] for outcome in outcomes),
        },
    )


if __name__ == "__main__":
    end_with_parent()
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), [Path(row) for row in sys.argv[4:]])
