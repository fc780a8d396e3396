"""Orders of importance to compare stencils with: none, gradients, paths of gradients, and exact modality Shapley."""

from collections.abc import Mapping

import torch
from captum.attr import InputXGradient, IntegratedGradients, ShapleyValues
from torch import Tensor

from mmf_mixer.interpret.attribution import on_tensors
from mmf_mixer.interpret.contribution import token_gains
from mmf_mixer.interpret.scoring import AT_ONCE, Score
from mmf_mixer.modules.tokens import TokenSequence

PATH_STEPS = 16  # of Integrated Gradients


def orders(
    score: Score,
    tokens: TokenSequence,
    classes: Tensor,
    gates: Tensor,
    baseline: Tensor,
    slices: Mapping[str, slice],
    seed: int = 0,
) -> dict[str, Tensor]:
    """The importance of each token for its sample's class logit, B x S, by method.

    Args:
        score: the part right of the token stage.
        tokens: B x S x C.
        classes: B columns.
        gates: B x S x C, the gate of each sample's class.
        baseline: S x C.
        slices: where each modality lies.
        seed: of the random order.
    """
    values = tokens.values.detach().requires_grad_()
    target, mask, bare = classes, tokens.mask, baseline.expand_as(values)
    lot = torch.rand(mask.shape, generator=torch.Generator().manual_seed(seed)).to(values.device)
    forward = on_tensors(score)
    along_path = IntegratedGradients(forward).attribute(
        values, bare, target, mask, n_steps=PATH_STEPS, internal_batch_size=max(AT_ONCE, len(values))
    )
    gradient_x_input = InputXGradient(forward).attribute(values, target, mask).detach()
    return {
        "stencils": token_gains(score, tokens, classes, gates, baseline),
        "masks_alone": (gates * (tokens.values - baseline).abs()).sum(dim=2),  # what the stencil lets through, unasked
        "random": lot,
        "gradient_x_input": gradient_x_input.sum(dim=2),
        "integrated_gradients": along_path.detach().sum(dim=2),
        "modality_shapley": _per_token(modality_shapley(score, tokens, classes, baseline, slices), mask, slices),
    }


@torch.no_grad()
def modality_shapley(
    score: Score, tokens: TokenSequence, classes: Tensor, baseline: Tensor, slices: Mapping[str, slice]
) -> dict[str, Tensor]:
    """Exact Shapley values of the modalities for the class logit, B each: absent means replaced by the baseline."""
    values = tokens.values.detach()
    players = torch.empty(values.shape[1], dtype=torch.long, device=values.device)
    for number, span in enumerate(slices.values()):
        players[span] = number
    found = ShapleyValues(on_tensors(score)).attribute(
        values, baseline.expand_as(values), classes, tokens.mask, feature_mask=players.view(1, -1, 1)
    )
    return {key: found[:, span.start, 0] for key, span in slices.items()}  # all cells of a modality hold its value


def _per_token(amounts: Mapping[str, Tensor], mask: Tensor, slices: Mapping[str, slice]) -> Tensor:
    """Divide what each modality has, B, evenly among those of its tokens that exist: B x S."""
    shared = torch.zeros(mask.shape, device=mask.device)
    for key, span in slices.items():
        count = mask[:, span].sum(dim=1).clamp(min=1)
        shared[:, span] = (amounts[key] / count).unsqueeze(1)
    return shared
