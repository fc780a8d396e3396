"""One loss for label groups, exclusive or open, registered with MMF as `label_groups`."""

from dataclasses import dataclass
from typing import Any

import torch
from mmf.common.registry import registry
from torch import Tensor, nn
from torch.nn import functional as F

from mmf_mixer.datasets.schema import UNREADABLE, LabelGroup, Labels
from mmf_mixer.errors import InputError
from mmf_mixer.processors.params import read_params


def label_groups_of(dataset: str) -> Labels:
    """The label groups that the builder of `dataset` registered with MMF."""
    labels: Labels = registry.get(f"{dataset}_label_groups")
    return labels


def training_positives_of(dataset: str) -> Tensor:
    """How many training clips have each of the L labels, as the builder of `dataset` registered it."""
    counts: Tensor = registry.get(f"{dataset}_training_positives")
    return counts


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


@registry.register_loss("label_groups")
class LabelGroupsLoss(nn.Module):
    """The mean over the data set's label groups of each group's loss. Scores and targets: B x L.

    An exclusive group has softmax cross-entropy, an open one binary cross-entropy, or with `params` the asymmetric
    loss, for labels of which most are rare. Raises InputError for params other than those of `AsymmetricSettings`.
    """

    schema: type[AsymmetricSettings] = AsymmetricSettings

    def __init__(self, **params: Any) -> None:
        super().__init__()
        self.settings = read_params("losses: label_groups", self.schema, params)

    def forward(self, sample_list: dict[str, Tensor], model_output: dict[str, Tensor]) -> Tensor:
        labels = label_groups_of(str(sample_list["dataset_name"]))
        scores, targets = readable(model_output["scores"], sample_list["targets"])
        if len(scores) == 0:
            return model_output["scores"].sum() * 0.0  # a batch of unreadable clips teaches nothing
        parts = [group_loss(scores[:, at], targets[:, at], group, self.settings) for group, at in labels.slices()]
        return torch.stack(parts).mean()


@dataclass
class ExpertSettings(AsymmetricSettings):
    """Params of the loss of experts: those of `label_groups`, and how much the sum of the experts' losses weighs."""

    weight: float = 1.0


EXPERTS_LOSS = "label_groups_of_experts"


@registry.register_loss(EXPERTS_LOSS)
class ExpertsLoss(LabelGroupsLoss):
    """`label_groups` of each modality's own head, over the clips that have the modality, summed and weighted.

    What the model gives besides its scores: `expert_scores`, B x M x L, and `expert_present`, B x M; with M = 0
    the loss is 0. Raises InputError for other params than those of `ExpertSettings`, and for a model without such.
    """

    schema = ExpertSettings
    settings: ExpertSettings

    def forward(self, sample_list: dict[str, Tensor], model_output: dict[str, Tensor]) -> Tensor:
        if "expert_scores" not in model_output:
            raise InputError(
                "losses: label_groups_of_experts is for a model with a head for each modality, such as mmf_mixer; take "
                "the loss out."
            )
        targets = sample_list["targets"]
        whole = (targets[:, 0] != UNREADABLE).sum().clamp(min=1)
        total = model_output["scores"].new_zeros(())
        for expert, scores in enumerate(model_output["expert_scores"].unbind(dim=1)):
            known = targets.masked_fill(~model_output["expert_present"][:, expert, None], UNREADABLE)
            share = (known[:, 0] != UNREADABLE).sum() / whole  # so that shares of a batch add up to the batch
            batch = {"dataset_name": sample_list["dataset_name"], "targets": known}
            total = total + share * super().forward(batch, {"scores": scores})
        return self.settings.weight * total
