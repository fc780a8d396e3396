"""Scores as probabilities."""

import torch
from torch import Tensor

from mmf_mixer.data.clip import Labels

CERTAIN = 20.0  # log-odds of what float32 cannot tell from certain


def probabilities(scores: Tensor, labels: Labels) -> Tensor:
    """B x L scores -> B x L probabilities: softmax within an exclusive group, sigmoid in an open one."""
    scores = scores.detach().float().cpu()
    parts = [
        scores[:, columns].softmax(dim=1) if group.exclusive else scores[:, columns].sigmoid()
        for group, columns in labels.slices()
    ]
    return torch.cat(parts, dim=1)


def log_odds(scores: Tensor, labels: Labels) -> Tensor:
    """B x L scores -> B x L logarithms of the odds of those probabilities, at most `CERTAIN` either way."""
    parts = []
    for group, columns in labels.slices():
        own = scores[:, columns].detach().float()
        if group.exclusive:
            logarithm = own.log_softmax(dim=1)
            own = logarithm - torch.log(-torch.expm1(logarithm.clamp(max=-1e-12)))
        parts.append(own.clamp(-CERTAIN, CERTAIN))
    return torch.cat(parts, dim=1)
