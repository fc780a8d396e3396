"""Scores as probabilities."""

import torch
from torch import Tensor

from mmf_mixer.data.clip import Labels


def probabilities(scores: Tensor, labels: Labels) -> Tensor:
    """B x L scores -> B x L probabilities: softmax within an exclusive group, sigmoid in an open one."""
    scores = scores.detach().float().cpu()
    parts = [
        scores[:, columns].softmax(dim=1) if group.exclusive else scores[:, columns].sigmoid()
        for group, columns in labels.slices()
    ]
    return torch.cat(parts, dim=1)
