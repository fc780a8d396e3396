"""Losses and metrics of label groups under the names by which MMF's configs ask for them."""

from collections.abc import Callable
from typing import Any

import torch
from mmf.common.registry import registry
from mmf.modules.metrics import BaseMetric
from torch import Tensor, nn

from mmf_mixer.data.clip import UNREADABLE, Labels
from mmf_mixer.errors import InputError
from mmf_mixer.measures.losses import (
    AsymmetricSettings,
    background_scores,
    doubtful_loss,
    label_groups_loss,
    readable,
)
from mmf_mixer.measures.metrics import group_accuracy, macro_f1, mean_average_precision
from mmf_mixer.measures.tail_metrics import NOTHING, PARTS, part_mean_average_precision
from mmf_mixer.protocols import Fields
from mmf_mixer.registered import label_groups_of, training_clips_of, training_positives_of
from mmf_mixer.settings import read_params

EXPERTS_LOSS = "label_groups_of_experts"


@registry.register_loss("label_groups")
class LabelGroupsLoss(nn.Module):
    """The mean over the data set's label groups of each group's loss. Scores and targets: B x L.

    An exclusive group has softmax cross-entropy, an open one binary cross-entropy, or with `params` the asymmetric
    loss, for labels of which most are rare. Raises InputError for params other than those of `AsymmetricSettings`.
    """

    def __init__(self, **params: Any) -> None:
        super().__init__()
        self.settings = read_params("losses: label_groups", AsymmetricSettings, params)

    def forward(self, sample_list: Fields, model_output: Fields) -> Tensor:
        labels = label_groups_of(str(sample_list["dataset_name"]))
        return label_groups_loss(model_output["scores"], sample_list["targets"], labels, self.settings)


@registry.register_loss(EXPERTS_LOSS)
class ExpertsLoss(LabelGroupsLoss):
    """`label_groups` of each modality's own head, over the clips that have the modality, summed.

    What the model gives besides its scores: `expert_scores`, B x M x L, and `expert_present`, B x M; with M = 0
    the loss is 0. Where it gives `expert_belief` too, M, each head has a `doubtful_loss`. Raises InputError for other
    params than those of `label_groups`, and for a model without such scores.
    """

    def forward(self, sample_list: Fields, model_output: Fields) -> Tensor:
        if "expert_scores" not in model_output:
            raise InputError(
                "losses: label_groups_of_experts is for a model with a head for each modality, such as mmf_mixer; take "
                "the loss out."
            )
        targets, beliefs = sample_list["targets"], model_output.get("expert_belief")
        whole = (targets[:, 0] != UNREADABLE).sum().clamp(min=1)
        total = model_output["scores"].new_zeros(())
        for expert, scores in enumerate(model_output["expert_scores"].unbind(dim=1)):
            known = targets.masked_fill(~model_output["expert_present"][:, expert, None], UNREADABLE)
            share = (known[:, 0] != UNREADABLE).sum() / whole  # so that shares of a batch add up to the batch
            belief = None if beliefs is None else beliefs[expert]
            loss = self.of_expert(scores, known, str(sample_list["dataset_name"]), belief)
            total = total + share * loss
        return total

    def of_expert(self, scores: Tensor, targets: Tensor, dataset: str, belief: Tensor | None) -> Tensor:
        """One head's loss, scores and targets B x L; `belief` is the log-odds that its modality belongs to a clip."""
        labels = label_groups_of(dataset)
        if belief is None:
            return label_groups_loss(scores, targets, labels, self.settings)
        background = background_scores(training_positives_of(dataset), training_clips_of(dataset), labels).to(scores)
        return doubtful_loss(scores, targets, labels, background, belief, self.settings)


def readable_on_cpu(sample_list: Fields, model_output: Fields) -> tuple[Tensor, Tensor]:
    """Scores and targets, B' x L, of the clips that could be read."""
    scores, targets = readable(model_output["scores"], sample_list["targets"])
    return scores.detach().float().cpu(), targets.cpu()


def _register(name: str, doc: str, nothing: float, measure: Callable[[Tensor, Tensor, str], float]) -> None:
    """Offer `measure` of scores, targets and the data set's name to every MMF model; `nothing` if no clip is left."""

    @registry.register_metric(name)
    class LabelGroupsMetric(BaseMetric):  # type: ignore[misc]  # MMF has no types
        __doc__ = doc

        def __init__(self) -> None:
            super().__init__(name)

        def calculate(self, sample_list: Fields, model_output: Fields, *_: object, **__: object) -> Tensor:
            scores, targets = readable_on_cpu(sample_list, model_output)
            return torch.tensor(measure(scores, targets, str(sample_list["dataset_name"])) if len(scores) else nothing)


def _register_measure(name: str, measure: Callable[[Tensor, Tensor, Labels], float]) -> None:
    def of_dataset(scores: Tensor, targets: Tensor, dataset: str) -> float:
        return measure(scores, targets, label_groups_of(dataset))

    _register(name, measure.__doc__ or "", 0.0, of_dataset)


def _register_part(part: str) -> None:
    def of_dataset(scores: Tensor, targets: Tensor, dataset: str) -> float:
        return part_mean_average_precision(
            part, scores, targets, label_groups_of(dataset), training_positives_of(dataset)
        )

    doc = f"Average precision over the {part} labels that have a positive clip; -1 if there is none."
    _register(f"{part}_mean_average_precision", doc, NOTHING, of_dataset)


_register_measure("group_accuracy", group_accuracy)
_register_measure("mean_average_precision", mean_average_precision)
_register_measure("group_macro_f1", macro_f1)
for _part in PARTS:
    _register_part(_part)
