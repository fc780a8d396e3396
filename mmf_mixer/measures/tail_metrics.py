"""Mean average precision of the frequent, the less frequent and the rare labels.

By the number of training clips that have the label, as Liu et al. divide classes (Large-Scale Long-Tailed Recognition
in an Open World, arXiv:1904.05160, section 4.1): head (many-shot) more than 100, medium 20 to 100, tail (few-shot)
fewer than 20.
"""

import numpy as np
import torch
from torch import Tensor

from mmf_mixer.data.clip import Labels
from mmf_mixer.measures.metrics import average_precisions

PARTS = {"head": range(101, 2**62), "medium": range(20, 101), "tail": range(20)}  # training clips of a label
NOTHING = -1.0  # MMF's early stopping needs a number: the value of COCO's evaluation where there is nothing to measure


def frequency_band(positives: int) -> str:
    """`head`, `medium` or `tail`, for a label that so many training clips have."""
    return next(part for part, counts in PARTS.items() if positives in counts)


def part_mean_average_precision(
    part: str, scores: Tensor, targets: Tensor, labels: Labels, training_positives: Tensor
) -> float:
    """Average precision over the labels of a part that have a positive clip; -1 if there is none.

    Args:
        part: `head`, `medium` or `tail`.
        scores, targets: B x L.
        labels: the L labels.
        training_positives: how many training clips have each, L.
    """
    in_part = [frequency_band(count) == part for count in training_positives.tolist()]
    own = torch.tensor(in_part) & targets.bool().any(dim=0)
    if not own.any():
        return NOTHING
    return float(np.mean(average_precisions(scores, targets, labels)[own.numpy()]))
