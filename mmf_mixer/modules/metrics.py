"""Metrics of label groups, registered with MMF: group accuracy, mean average precision, macro F1."""

from collections.abc import Callable

import numpy as np
import torch
from mmf.common.registry import registry
from mmf.modules.metrics import BaseMetric
from sklearn.metrics import average_precision_score, f1_score
from torch import Tensor

from mmf_mixer.datasets.base import probabilities
from mmf_mixer.datasets.schema import LabelGroup, Labels
from mmf_mixer.modules.losses import label_groups_of, readable


def predictions(scores: Tensor, group: LabelGroup) -> Tensor:
    """What a group's scores say: the best label of an exclusive group, those above 0.5 of an open one. B x L."""
    if group.exclusive:
        return torch.nn.functional.one_hot(scores.argmax(dim=1), scores.shape[1])
    return (scores.sigmoid() > 0.5).long()


def group_accuracy(scores: Tensor, targets: Tensor, labels: Labels) -> float:
    """Share of clips whose group is right, averaged over groups. Each label of an open group counts by itself."""
    right = []
    for group, where in labels.slices():
        same = predictions(scores[:, where], group) == targets[:, where]
        right.append((same.all(dim=1) if group.exclusive else same).float().mean().item())
    return float(np.mean(right))


def mean_average_precision(scores: Tensor, targets: Tensor, labels: Labels) -> float:
    """Area under the precision-recall curve of each label that has a positive clip, averaged over labels."""
    columns = zip(targets.numpy().T, probabilities(scores, labels).numpy().T, strict=True)
    return float(np.mean([average_precision_score(true, sure) for true, sure in columns if true.any()]))


def macro_f1(scores: Tensor, targets: Tensor, labels: Labels) -> float:
    """F1 of each label, averaged over labels; a label without a positive and without a guess counts 0."""
    values = []
    for group, where in labels.slices():
        guess, true = predictions(scores[:, where], group).numpy(), targets[:, where].long().numpy()
        values += list(np.atleast_1d(f1_score(true, guess, average=None, zero_division=0)))
    return float(np.mean(values))


def _register(name: str, measure: Callable[[Tensor, Tensor, Labels], float]) -> None:
    """Offer `measure` to every MMF model under `name`."""

    @registry.register_metric(name)
    class LabelGroupsMetric(BaseMetric):  # type: ignore[misc]  # MMF has no types
        __doc__ = measure.__doc__

        def __init__(self) -> None:
            super().__init__(name)

        def calculate(
            self, sample_list: dict[str, Tensor], model_output: dict[str, Tensor], *_: object, **__: object
        ) -> Tensor:
            scores, targets = readable(model_output["scores"], sample_list["targets"])
            labels = label_groups_of(str(sample_list["dataset_name"]))
            scores, targets = scores.detach().float().cpu(), targets.cpu()
            return torch.tensor(measure(scores, targets, labels) if len(scores) else 0.0)


_register("group_accuracy", group_accuracy)
_register("mean_average_precision", mean_average_precision)
_register("group_macro_f1", macro_f1)
