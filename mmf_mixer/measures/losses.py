"""One loss for label groups, exclusive or open."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from mmf_mixer.data.clip import UNREADABLE, LabelGroup, Labels


def readable(scores: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Leave out the rows of clips that could not be read: `B x L, B x L -> B' x L, B' x L`."""
    kept = targets[:, 0] != UNREADABLE
    return scores[kept], targets[kept]


@dataclass
class AsymmetricSettings:
    """Params of the loss, all of its open groups; with all at 0 they have binary cross-entropy.

    `gamma_positive` and `gamma_negative` turn the loss away from positives and negatives that are easy already, and
    `margin` off negatives whose probability is below it.
    """

    gamma_positive: float = 0.0
    gamma_negative: float = 0.0
    margin: float = 0.0


SYMMETRIC = AsymmetricSettings()  # binary cross-entropy


def asymmetric_loss(scores: Tensor, targets: Tensor, settings: AsymmetricSettings) -> Tensor:
    """The mean over B x L of Ridnik et al., Asymmetric Loss for Multi-Label Classification (arXiv:2009.14119), eq. 7.

    With p = sigmoid(score) and q = max(p - margin, 0), a positive costs `-(1 - p)^gamma_positive log p` and a negative
    `-q^gamma_negative log(1 - q)`.
    """
    shifted = (scores.sigmoid() - settings.margin).clamp(min=1e-8)  # a fractional power has no gradient at 0
    # with a margin 1 - q is at least that; without one its logarithm must not be taken of 0
    absent = F.logsigmoid(-scores) if settings.margin == 0 else (1.0 - shifted).log()
    positive = (-scores).sigmoid() ** settings.gamma_positive * F.logsigmoid(scores)
    negative = shifted**settings.gamma_negative * absent
    return -(targets * positive + (1.0 - targets) * negative).mean()


def group_loss(scores: Tensor, targets: Tensor, group: LabelGroup, settings: AsymmetricSettings = SYMMETRIC) -> Tensor:
    """The mean loss of one group over B clips: softmax cross-entropy of an exclusive one, else `asymmetric_loss`."""
    return (
        F.cross_entropy(scores, targets.argmax(dim=1))
        if group.exclusive
        else asymmetric_loss(scores, targets, settings)
    )


def label_groups_loss(
    scores: Tensor, targets: Tensor, labels: Labels, settings: AsymmetricSettings = SYMMETRIC
) -> Tensor:
    """The mean over label groups of each group's loss, over the clips of B x L that could be read; 0 without one."""
    kept, known = readable(scores, targets)
    if len(kept) == 0:
        return scores.sum() * 0.0  # a batch of unreadable clips teaches nothing
    parts = [group_loss(kept[:, at], known[:, at], group, settings) for group, at in labels.slices()]
    return torch.stack(parts).mean()
