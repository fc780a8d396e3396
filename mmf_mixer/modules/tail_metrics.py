"""Mean average precision of the frequent, the less frequent and the rare labels, registered with MMF.

By the number of training clips that have the label, as Liu et al. divide classes (Large-Scale Long-Tailed Recognition
in an Open World, arXiv:1904.05160, section 4.1): head (many-shot) more than 100, medium 20 to 100, tail (few-shot)
fewer than 20.
"""

import numpy as np
import torch
from mmf.common.registry import registry
from mmf.modules.metrics import BaseMetric
from torch import Tensor

from mmf_mixer.modules.losses import label_groups_of, training_positives_of
from mmf_mixer.modules.metrics import average_precisions, readable_on_cpu

PARTS = {"head": range(101, 2**62), "medium": range(20, 101), "tail": range(20)}  # training clips of a label
NOTHING = -1.0  # MMF's early stopping needs a number: the value of COCO's evaluation where there is nothing to measure


def part_of(positives: int) -> str:
    """`head`, `medium` or `tail`, for a label that so many training clips have."""
    return next(part for part, counts in PARTS.items() if positives in counts)


def _register(part: str) -> None:
    name = f"{part}_mean_average_precision"

    @registry.register_metric(name)
    class PartMetric(BaseMetric):  # type: ignore[misc]  # MMF has no types
        __doc__ = f"Average precision over the {part} labels that have a positive clip; -1 if there is none."

        def __init__(self) -> None:
            super().__init__(name)

        def calculate(
            self, sample_list: dict[str, Tensor], model_output: dict[str, Tensor], *_: object, **__: object
        ) -> Tensor:
            dataset = str(sample_list["dataset_name"])
            scores, targets = readable_on_cpu(sample_list, model_output)
            in_part = [part_of(count) == part for count in training_positives_of(dataset).tolist()]
            own = torch.tensor(in_part) & targets.bool().any(dim=0)
            if not own.any():
                return torch.tensor(NOTHING)
            return torch.tensor(np.mean(average_precisions(scores, targets, label_groups_of(dataset))[own.numpy()]))


for _part in PARTS:
    _register(_part)
