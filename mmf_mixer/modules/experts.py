"""A head for each modality alone, beside the fusion: what one modality says need not pass through the others."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import Tensor, nn

from mmf_mixer.data.clip import Labels
from mmf_mixer.measures.losses import group_loss
from mmf_mixer.modules.dropout import Dropout
from mmf_mixer.modules.pooling import LearnedPooling
from mmf_mixer.modules.tokens import TokenSequence

HEAVIEST = 10.0  # a head's weight, so that it stays finite where validation has no error


class HeadScores(NamedTuple):
    """What H heads say. `scores`: B x H x L, 0 where a head has no input; `present`: B x H, where it has some."""

    scores: Tensor
    present: Tensor


class ModalityExperts(nn.Module):
    """Per modality: its tokens before they are mixed, normalised, K learned averages of them, one linear layer.

    Each learns by a loss of its own, as the heads of M2-Mixer (Bezirganyan et al. 2023) do, and from channels that the
    fusion does not read, so that neither bends the tokens to its needs at the cost of the other.

    Args:
        slices: where each modality lies in the sequence.
        channels: how many the tokens have that these heads read.
        pools: K.
        labels: L.
        dropout: of what each head's linear layer reads.
    """

    def __init__(
        self, slices: Mapping[str, slice], channels: int, pools: int, labels: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.slices = dict(slices)
        self.norm = nn.LayerNorm(channels)
        self.pooling = nn.ModuleDict(
            {key: LearnedPooling(span.stop - span.start, channels, pools) for key, span in self.slices.items()}
        )
        self.dropout = Dropout(dropout)
        self.heads = nn.ModuleDict({key: nn.Linear(pools * channels, labels) for key in self.slices})

    def forward(self, tokens: TokenSequence) -> HeadScores:
        """From the sequence, B x S x C, to the scores of the head of each modality."""
        normed, scores, present = self.norm(tokens.values), [], []
        for key, span in self.slices.items():
            mask = tokens.mask[:, span]
            scores.append(self.heads[key](self.dropout(self.pooling[key](normed[:, span], mask))))
            present.append(mask.any(dim=1))
        there = torch.stack(present, dim=1)
        return HeadScores(torch.stack(scores, dim=1) * there.unsqueeze(-1), there)


class OpinionPool(nn.Module):
    """The logarithmic opinion pool (Genest and Zidek 1986) of H heads: the weighted sum of their scores.

    Of clips that it has learned from, a head is surer than of others, and one more so than another; so the weights suit
    the validation split, as temperature scaling (Guo et al. 2017, arXiv:1706.04599) has one: of each head for each
    group of labels. Before they are fitted all are 1.

    Args:
        heads: H.
        labels: L.
    """

    weights: Tensor

    def __init__(self, heads: int, labels: int) -> None:
        super().__init__()
        self.register_buffer("weights", torch.ones(heads, labels))

    def forward(self, scores: Tensor) -> Tensor:
        """Pool `scores`, B x H x L, to B x L."""
        return torch.einsum("hl,bhl->bl", self.weights, scores)

    @torch.enable_grad()
    def fit(self, scores: Tensor, targets: Tensor, labels: Labels) -> None:
        """Take the weights, at least 0, that minimise the loss of each group over N clips, which is convex in them.

        Args:
            scores: N x H x L, of clips that no head has learned from.
            targets: N x L.
            labels: the groups.
        """
        heads = len(self.weights)
        for group, columns in labels.slices():
            given, true = scores[..., columns].double(), targets[:, columns].double()

            def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
                tensor = torch.tensor(weights, requires_grad=True)
                value = group_loss(torch.einsum("h,bhl->bl", tensor, given), true, group)  # noqa: B023
                (gradient,) = torch.autograd.grad(value, tensor)
                return value.item(), gradient.numpy()

            found = minimize(loss, np.ones(heads), jac=True, method="L-BFGS-B", bounds=[(0, HEAVIEST)] * heads)
            self.weights[:, columns] = torch.from_numpy(found.x).to(self.weights)[:, None]
