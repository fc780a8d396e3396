"""Orders of importance to compare stencils with: none, gradients, paths of gradients, and exact modality Shapley."""

from collections.abc import Mapping

import torch
from captum.attr import InputXGradient, IntegratedGradients
from torch import Tensor

from mmf_mixer.interpret.attribution import on_tensors
from mmf_mixer.interpret.scoring import AT_ONCE, Score, logits, of_class
from mmf_mixer.interpret.subsets import keep, shapley_weights, subsets_of
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
    keys, worth = tuple(slices), []
    for subset in subsets_of(keys):
        given = keep(tokens, baseline, [slices[key] for key in subset]).values
        worth.append(of_class(logits(score, TokenSequence(given, tokens.mask)), classes))
    found = torch.stack(worth, dim=1) @ torch.from_numpy(shapley_weights(keys)).to(worth[0])
    return dict(zip(keys, found.T, strict=True))


def _per_token(amounts: Mapping[str, Tensor], mask: Tensor, slices: Mapping[str, slice]) -> Tensor:
    """Divide what each modality has, B, evenly among those of its tokens that exist: B x S."""
    shared = torch.zeros(mask.shape, device=mask.device)
    for key, span in slices.items():
        count = mask[:, span].sum(dim=1).clamp(min=1)
        shared[:, span] = (amounts[key] / count).unsqueeze(1)
    return shared
