"""A head for each modality alone, beside the fusion: what one modality says need not pass through the others."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mmf_mixer.modules.pooling import LearnedPooling
from mmf_mixer.modules.tokens import TokenSequence


class Opinions(NamedTuple):
    """What M experts say. `scores`: B x M x L, 0 where the modality is absent; `present`: B x M, where it is there."""

    scores: Tensor
    present: Tensor


class ModalityExperts(nn.Module):
    """Per modality: its tokens before they are mixed, normalised, K learned averages of them, one linear layer.

    Their scores are added to those of the fusion, a product of experts (Hinton 2002), and each may have a loss of its
    own, as the heads of M2-Mixer (Bezirganyan et al. 2023) have.

    Args:
        slices: where each modality lies in the sequence.
        channels: C.
        pools: K.
        labels: L.
    """

    def __init__(self, slices: Mapping[str, slice], channels: int, pools: int, labels: int) -> None:
        super().__init__()
        self.slices = dict(slices)
        self.norm = nn.LayerNorm(channels)
        self.heads = nn.ModuleDict(
            {
                key: nn.Sequential(LearnedPooling(where.stop - where.start, pools), nn.Linear(pools * channels, labels))
                for key, where in self.slices.items()
            }
        )

    def forward(self, tokens: TokenSequence) -> Opinions:
        """From the sequence, B x S x C, to what each expert says of it."""
        normed = self.norm(tokens.values)
        present = torch.stack([tokens.mask[:, where].any(dim=1) for where in self.slices.values()], dim=1)
        scores = torch.stack([self.heads[key](normed[:, where]) for key, where in self.slices.items()], dim=1)
        return Opinions(scores * present.unsqueeze(-1), present)
