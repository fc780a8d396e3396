"""One loss for label groups, exclusive or open, registered with MMF as `label_groups`."""

import torch
from mmf.common.registry import registry
from torch import Tensor, nn
from torch.nn import functional as F

from mmf_mixer.datasets.schema import UNREADABLE, LabelGroup, Labels


def label_groups_of(dataset: str) -> Labels:
    """The label groups that the builder of `dataset` registered with MMF."""
    labels: Labels = registry.get(f"{dataset}_label_groups")
    return labels


def readable(scores: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Leave out the rows of clips that could not be read: `B x L, B x L -> B' x L, B' x L`."""
    kept = targets[:, 0] != UNREADABLE
    return scores[kept], targets[kept]


def group_loss(scores: Tensor, targets: Tensor, group: LabelGroup) -> Tensor:
    """Softmax cross-entropy of an exclusive group, binary cross-entropy of an open one; a mean over the batch."""
    if group.exclusive:
        return F.cross_entropy(scores, targets.argmax(dim=1))
    return F.binary_cross_entropy_with_logits(scores, targets)


@registry.register_loss("label_groups")
class LabelGroupsLoss(nn.Module):
    """The mean over the data set's label groups of each group's loss. Scores and targets: B x L."""

    def forward(self, sample_list: dict[str, Tensor], model_output: dict[str, Tensor]) -> Tensor:
        labels = label_groups_of(str(sample_list["dataset_name"]))
        scores, targets = readable(model_output["scores"], sample_list["targets"])
        if len(scores) == 0:
            return model_output["scores"].sum() * 0.0  # a batch of unreadable clips teaches nothing
        parts = [group_loss(scores[:, where], targets[:, where], group) for group, where in labels.slices()]
        return torch.stack(parts).mean()
