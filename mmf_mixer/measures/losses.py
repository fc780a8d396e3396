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
    """Ridnik et al., Asymmetric Loss for Multi-Label Classification (arXiv:2009.14119), eq. 7, of B x L each.

    With p = sigmoid(score) and q = max(p - margin, 0), a positive costs `-(1 - p)^gamma_positive log p` and a negative
    `-q^gamma_negative log(1 - q)`.
    """
    shifted = (scores.sigmoid() - settings.margin).clamp(min=1e-8)  # a fractional power has no gradient at 0
    # with a margin 1 - q is at least that; without one its logarithm must not be taken of 0
    absent = F.logsigmoid(-scores) if settings.margin == 0 else (1.0 - shifted).log()
    positive = (-scores).sigmoid() ** settings.gamma_positive * F.logsigmoid(scores)
    negative = shifted**settings.gamma_negative * absent
    return -(targets * positive + (1.0 - targets) * negative)


def clip_losses(scores: Tensor, targets: Tensor, group: LabelGroup, settings: AsymmetricSettings = SYMMETRIC) -> Tensor:
    """One group's loss of B clips each: softmax cross-entropy of an exclusive one, else the mean `asymmetric_loss`."""
    if group.exclusive:
        return F.cross_entropy(scores, targets.argmax(dim=1), reduction="none")
    return asymmetric_loss(scores, targets, settings).mean(dim=1)


def group_loss(scores: Tensor, targets: Tensor, group: LabelGroup) -> Tensor:
    """The mean loss of one group over B clips."""
    return clip_losses(scores, targets, group).mean()


def label_groups_loss(
    scores: Tensor, targets: Tensor, labels: Labels, settings: AsymmetricSettings = SYMMETRIC
) -> Tensor:
    """The mean over label groups of each group's loss, over the clips of B x L that could be read; 0 without one."""
    kept, known = readable(scores, targets)
    if len(kept) == 0:
        return scores.sum() * 0.0  # a batch of unreadable clips teaches nothing
    return _losses(kept, known, labels, settings).mean()


def _losses(scores: Tensor, targets: Tensor, labels: Labels, settings: AsymmetricSettings) -> Tensor:
    """`clip_losses` of the G groups, G x B."""
    return torch.stack([clip_losses(scores[:, at], targets[:, at], group, settings) for group, at in labels.slices()])


def background_scores(positives: Tensor, clips: int, labels: Labels) -> Tensor:
    """The scores, L, of one who only knows how many of N clips have each of the L labels, by Laplace's rule."""
    parts = []
    for group, at in labels.slices():
        yes = positives[at].float() + 1.0
        parts.append(yes.log() if group.exclusive else yes.log() - (clips - positives[at].float() + 1.0).log())
    return torch.cat(parts)


def doubtful_loss(
    scores: Tensor,
    targets: Tensor,
    labels: Labels,
    background: Tensor,
    belief: Tensor,
    settings: AsymmetricSettings = SYMMETRIC,
) -> Tensor:
    """`label_groups_loss` of a modality that may not belong to its clip, and then cannot know the labels.

    A clip's loss is that of a mixture (Tukey's contamination model) over all G groups together,

        -1/G log(r exp(-own) + (1 - r) exp(-other)),     r = sigmoid(belief)

    with the sums over groups, `own`, of the losses of `scores`, and `other`, of scores that only know how frequent each
    label is. So what contradicts the clip is not learned by heart, and the rest is learned as if all belonged.

    Args:
        scores: B x L; targets, too.
        background: L, the scores of one who has not heard the clip.
        belief: the log-odds that the modality belongs, a number.
    """
    kept, known = readable(scores, targets)
    if len(kept) == 0:
        return scores.sum() * 0.0
    own = _losses(kept, known, labels, settings).sum(dim=0)
    other = _losses(background.expand_as(kept), known, labels, settings).sum(dim=0)
    mixed = torch.logaddexp(F.logsigmoid(belief) - own, F.logsigmoid(-belief) - other)
    return -mixed.mean() / len(labels.groups)
