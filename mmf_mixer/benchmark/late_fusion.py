"""Late fusion: the average of what single-modality rows say, with weights that suit the validation split best.

Nothing is trained: it works on the rows' stored scores. Weights are tenths that add up to 1; those with the best mean
average precision win, and of several the most even. Test scores have no part in that.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import mmf_mixer  # noqa: F401  # mends MMF, which the metrics need
from mmf_mixer.benchmark.processes import end_with_parent
from mmf_mixer.benchmark.row import OUTCOME, finish
from mmf_mixer.benchmark.scores import SCORES, SPLITS, Scores, read_scores, write_scores
from mmf_mixer.datasets.base import probabilities
from mmf_mixer.datasets.schema import Labels, read_labels
from mmf_mixer.errors import InputError
from mmf_mixer.modules.metrics import group_accuracy, macro_f1, mean_average_precision

PARTS = 10  # that the weights are multiples of
LEAST = 1e-7  # a probability; so that logits are finite
METRICS = {
    "group_accuracy": group_accuracy,
    "mean_average_precision": mean_average_precision,
    "group_macro_f1": macro_f1,
}


def weightings(members: int, parts: int = PARTS) -> Iterator[tuple[float, ...]]:
    """All ways to share `parts` parts of 1 among the members."""

    def shares(members: int, left: int) -> Iterator[tuple[int, ...]]:
        if members == 1:
            yield (left,)
            return
        for first in range(left + 1):
            yield from ((first, *rest) for rest in shares(members - 1, left - first))

    for each in shares(members, parts):
        yield tuple(share / parts for share in each)


def choose_weights(members: Sequence[Tensor], targets: Tensor, labels: Labels) -> tuple[float, ...]:
    """The weights for members whose probabilities on the validation split, N x L, and targets, N x L, these are."""

    def worth(weights: tuple[float, ...]) -> tuple[float, float]:
        precision = mean_average_precision(mix(members, weights, labels), targets, labels)
        return round(precision, 9), -sum(weight**2 for weight in weights)

    return max(weightings(len(members)), key=worth)


def mix(members: Sequence[Tensor], weights: Sequence[float], labels: Labels) -> Tensor:
    """Logits, N x L, of the weighted average of the members' probabilities, N x L each."""
    weighted = [weight * member for weight, member in zip(weights, members, strict=True)]
    mean = torch.stack(weighted).sum(dim=0).double().clamp(LEAST, 1 - LEAST)
    parts = [mean[:, where].log() if group.exclusive else mean[:, where].logit() for group, where in labels.slices()]
    return torch.cat(parts, dim=1).float()


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
) -> tuple[tuple[float, ...], dict[str, Scores], dict[str, dict[str, float]]]:
    """Weights, and by split the fused scores and their metrics.

    Args:
        members: by split the scores of each single-modality row.
    """
    weights: tuple[float, ...] = ()
    scores, metrics = {}, {}
    for split in SPLITS:  # val comes first
        parts = common([member[split] for member in members])
        sure = [probabilities(torch.from_numpy(part.scores), labels) for part in parts]
        targets = torch.from_numpy(parts[0].targets).float()
        weights = weights or choose_weights(sure, targets, labels)
        fused = mix(sure, weights, labels)
        scores[split] = Scores(fused.numpy(), parts[0].targets, parts[0].index)
        metrics[split] = {name: measure(fused, targets, labels) for name, measure in METRICS.items()}
    return weights, scores, metrics


def main(folder: Path, key: str, root: Path, rows: Sequence[Path]) -> None:
    """Fuse the rows in these folders and leave the outcome in `folder`. Costs are those of all rows together."""
    weights, scores, metrics = fuse([read_scores(row / SCORES) for row in rows], read_labels(root))
    outcomes: list[dict[str, Any]] = [json.loads((row / OUTCOME).read_text()) for row in rows]
    folder.mkdir(parents=True, exist_ok=True)
    write_scores(folder / SCORES, scores)
    finish(
        folder,
        key,
        {
            "metrics": metrics["test"],
            "validation": metrics["val"],
            "weights": list(weights),
            "params": sum(outcome["params"] for outcome in outcomes),
            "train_seconds": round(sum(outcome["train_seconds"] for outcome in outcomes), 1),
            "ms_per_step": round(sum(outcome["ms_per_step"] for outcome in outcomes), 2),
            "peak_mb": max(outcome["peak_mb"] for outcome in outcomes),
        },
    )


if __name__ == "__main__":
    end_with_parent()
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), [Path(row) for row in sys.argv[4:]])
