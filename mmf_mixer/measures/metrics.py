"""Metrics of label groups: group accuracy, mean average precision, macro F1."""

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score
from torch import Tensor

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.measures.probabilities import probabilities


def predictions(scores: Tensor, group: LabelGroup) -> Tensor:
    """What a group's scores say: the best label of an exclusive group, those above 0.5 of an open one. B x L."""
    if group.exclusive:
        return torch.nn.functional.one_hot(scores.argmax(dim=1), scores.shape[1])
    return (scores.sigmoid() > 0.5).long()


def right_groups(scores: Tensor, targets: Tensor, labels: Labels) -> Tensor:
    """For each clip how right each of the G groups is, B x G: 0 or 1, but of an open group the share of its labels."""
    right = []
    for group, columns in labels.slices():
        same = (predictions(scores[:, columns], group) == targets[:, columns]).float()
        right.append(same.amin(dim=1) if group.exclusive else same.mean(dim=1))
    return torch.stack(right, dim=1)


def clip_accuracies(scores: Tensor, targets: Tensor, labels: Labels) -> Tensor:
    """For each clip the share of groups that are right, B. Of an open group it is the share of its labels."""
    return right_groups(scores, targets, labels).mean(dim=1)


def group_accuracy(scores: Tensor, targets: Tensor, labels: Labels) -> float:
    """Share of clips whose group is right, averaged over groups. Each label of an open group counts by itself."""
    return clip_accuracies(scores, targets, labels).mean().item()


def average_precisions(scores: Tensor, targets: Tensor, labels: Labels) -> NDArray[np.float64]:
    """Area under the precision-recall curve of each of the L labels; nan for one without a positive clip."""
    return probability_precisions(probabilities(scores, labels).numpy(), targets.numpy())


def probability_precisions(probability: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.float64]:
    """The same from probabilities, B x L each."""
    columns = zip(targets.T, probability.T, strict=True)
    return np.array([average_precision_score(true, sure) if true.any() else np.nan for true, sure in columns])


def mean_average_precision(scores: Tensor, targets: Tensor, labels: Labels) -> float:
    """Average precision, averaged over the labels that have a positive clip."""
    return float(np.nanmean(average_precisions(scores, targets, labels)))


def f1_of_labels(guess: Tensor, true: Tensor) -> Tensor:
    """F1 of each label, L, from B x L guesses; 0 for a label without a positive and without a guess."""
    hits = (guess * true).sum(dim=0)
    return 2 * hits / (guess.sum(dim=0) + true.sum(dim=0)).clamp(min=1)


def macro_f1(scores: Tensor, targets: Tensor, labels: Labels) -> float:
    """F1 of each label, averaged over the labels that have a positive clip; 0 if none has."""
    guess = torch.cat([predictions(scores[:, columns], group) for group, columns in labels.slices()], dim=1)
    occurring = targets.any(dim=0)
    return float(f1_of_labels(guess, targets)[occurring].mean()) if occurring.any() else 0.0
