"""The token stage: one sequence from the tokens of every modality, with nothing left empty."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mmf_mixer.errors import InputError
from mmf_mixer.modules.dropout import Dropout


class TokenSequence(NamedTuple):
    """All modalities in one sequence. `values`: B x S x C; `mask`: B x S, True where a token really exists."""

    values: Tensor
    mask: Tensor


def existing(mask: Tensor) -> Tensor:
    """Which tokens to look at, `B x S -> B x S`: those that exist, or all where none does."""
    return torch.where(mask.any(dim=1, keepdim=True), mask, True)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Average over the tokens that exist, or over all where none does: `B x S x C, B x S -> B x C`.

    It is one product, without a copy of the values, which may be large.
    """
    weight = existing(mask).to(values.dtype)
    return torch.einsum("bs,bsc->bc", weight / weight.sum(dim=1, keepdim=True), values)


def slices_of(keys: Sequence[str], lengths: Sequence[int]) -> dict[str, slice]:
    """Where each modality lies in a sequence, from how many tokens each has."""
    ends = accumulate(lengths)
    return {key: slice(end - length, end) for key, end, length in zip(keys, ends, lengths, strict=True)}


class TokenStage(nn.Module):
    """Projects each modality to C channels, fills what is absent, adds position and modality, concatenates.

    Args:
        modalities: the `modalities` list of a model's config; read are `key`, `embedding_dim` (D) and
            `position_dim` (T, how many tokens the modality has). The order is the order of the sequence.
        channels: C.
        dropout: applied to the finished sequence.
    """

    def __init__(self, modalities: Sequence[Mapping[str, Any]], channels: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.keys = [str(modality["key"]) for modality in modalities]
        self.lengths = [int(modality["position_dim"]) for modality in modalities]
        self.widths = [int(modality["embedding_dim"]) for modality in modalities]
        self.projections = nn.ModuleDict(
            {
                key: nn.Sequential(nn.Linear(width, channels), nn.LayerNorm(channels))
                for key, width in zip(self.keys, self.widths, strict=True)
            }
        )
        self.absent = nn.Parameter(0.02 * torch.randn(len(self.keys), channels))
        self.positions = nn.Parameter(0.02 * torch.randn(sum(self.lengths), channels))
        self.modality = nn.Parameter(0.02 * torch.randn(len(self.keys), channels))
        self.dropout = Dropout(dropout)

    @property
    def length(self) -> int:
        """S, the number of tokens of the whole sequence."""
        return sum(self.lengths)

    def slices(self) -> dict[str, slice]:
        """Where each modality lies in the sequence."""
        return slices_of(self.keys, self.lengths)

    def forward(self, features: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> TokenSequence:
        """From encoder outputs `B x T x D` and masks `B x T`, both by modality key, to the sequence.

        Raises:
            InputError: a modality's tokens are not `position_dim` x `embedding_dim`.
        """
        for key, length, width in zip(self.keys, self.lengths, self.widths, strict=True):
            check_shape(key, features[key], length, width)
        mask = torch.cat([masks[key].bool() for key in self.keys], dim=1)
        projected = torch.cat([self.projections[key](features[key]) for key in self.keys], dim=1)
        values = torch.where(mask.unsqueeze(-1), projected, self._of_each_token(self.absent))
        values = values + (self.positions + self._of_each_token(self.modality))
        return TokenSequence(self.dropout(values), mask)

    def _of_each_token(self, rows: Tensor) -> Tensor:
        """From a row for each modality, M x C, to one for each token, S x C."""
        return torch.cat([row.expand(length, -1) for row, length in zip(rows, self.lengths, strict=True)])


def check_shape(key: str, features: Tensor, length: int, width: int) -> None:
    """Compare a modality's features, B x T x D, with the T and D of its config.

    Raises:
        InputError: they differ.
    """
    if features.shape[-1] != width:
        raise InputError(
            f"modality '{key}': its encoder gives vectors of {features.shape[-1]} numbers, but its "
            f"embedding_dim is {width}; set embedding_dim: {features.shape[-1]}."
        )
    if features.shape[1] != length:
        raise InputError(
            f"modality '{key}': its encoder gives {features.shape[1]} tokens, but its position_dim is "
            f"{length}; set position_dim: {features.shape[1]}, or change its processor."
        )
