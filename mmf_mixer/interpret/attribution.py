"""Stencils as an attribution method in the call shape of captum, and the model as captum's methods want it."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import Tensor

from mmf_mixer.interpret.contribution import token_gains
from mmf_mixer.interpret.scoring import Score
from mmf_mixer.modules.tokens import TokenSequence

Inputs = TypeVar("Inputs", Tensor, tuple[Tensor, ...], dict[str, Tensor])


def on_tensors(score: Score) -> Callable[..., Tensor]:
    """A model's `score` as captum calls it: `forward(values, mask=None)`, B x S x C (and B x S) to B x L.

    The mask goes into captum's `additional_forward_args`.
    """

    def forward(values: Tensor, mask: Tensor | None = None) -> Tensor:
        return score(TokenSequence(values, whole(values) if mask is None else mask))

    return forward


def whole(values: Tensor) -> Tensor:
    """The mask of a sequence B x S x C all of whose tokens exist: B x S."""
    return torch.ones(values.shape[:2], dtype=torch.bool, device=values.device)


class StencilAttribution:
    """Attributions by stencils, to be used as captum's: `StencilAttribution(…).attribute(inputs, target=…)`.

    Args:
        score: the part right of the token stage.
        gates: for each class S x C, see `contribution.gate`.
        baseline: S x C.
        slices: where each modality lies; needed for inputs by modality only.
    """

    def __init__(self, score: Score, gates: Mapping[int, Tensor], baseline: Tensor, slices: Mapping[str, slice]):
        self.score, self.gates, self.baseline, self.slices = score, gates, baseline, slices

    def attribute(self, inputs: Inputs, target: int | Tensor, mask: Tensor | None = None) -> Inputs:
        """Attributions of the shape of `inputs`, in logits.

        Those of a token add up to its gain (`token_gains`), which its channels share by how much of them comes
        through the stencil.

        Args:
            inputs: B x S x C; or its parts along the tokens, in order; or each modality's B x T x C by key.
            target: a class, or one for each sample.
            mask: B x S, which tokens exist; None = all.
        """
        if isinstance(inputs, dict):
            parts = self.attribute(tuple(inputs[key] for key in self.slices), target, mask)
            return dict(zip(self.slices, parts, strict=True))
        if isinstance(inputs, tuple):
            found = self.attribute(torch.cat(inputs, dim=1), target, mask)
            return tuple(torch.split(found, [part.shape[1] for part in inputs], dim=1))
        classes = torch.as_tensor(target, device=inputs.device).expand(len(inputs))
        gates = torch.stack([self.gates[int(column)] for column in classes]).to(inputs)
        tokens = TokenSequence(inputs.detach(), whole(inputs) if mask is None else mask)
        gains = token_gains(self.score, tokens, classes, gates, self.baseline)
        through = (gates * (tokens.values - self.baseline)).abs()
        return gains.unsqueeze(2) * through / through.sum(dim=2, keepdim=True).clamp(min=1e-12)
