"""What each token and each modality of a sample contributes to the logit of a class, measured through its stencil."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmf_mixer.interpret.cluster import Clusters
from mmf_mixer.interpret.scoring import AT_ONCE, Score, logits, of_class, take
from mmf_mixer.modules.tokens import TokenSequence


@dataclass(frozen=True)
class Shares:
    """Who contributes how much: `tokens` B x S, and `modalities` by key, B each; both sum to 1 for every sample."""

    tokens: Tensor
    modalities: dict[str, Tensor]


def gate(clusters: Clusters) -> Tensor:
    """How far a class lets each cell through, S x C in [0, 1]: the mean of its stencils, each counted by its size.

    Stencils made without data are signed; the size of a cell, relative to the largest, is how far it is open.
    """
    sizes = torch.tensor(clusters.sizes, dtype=clusters.stencils.dtype)
    mean = torch.einsum("k,ksc->sc", sizes / sizes.sum(), clusters.stencils.abs())
    return mean / mean.max().clamp(min=1.0)


@torch.no_grad()
def token_gains(score: Score, tokens: TokenSequence, classes: Tensor, gates: Tensor, baseline: Tensor) -> Tensor:
    """What each token adds to its sample's class logit: B x S, in logits; 0 for tokens that do not exist, or of
    which the stencil lets nothing through.

    The gain of a token is measured, not derived: the logit of the baseline into which only that token is let, as far
    as the stencil opens it, less the logit of the bare baseline. Taking a token out of the whole sample instead
    understates evidence of which there is more than enough, as in deletion one token at a time; gradients understate
    it where the model is sure (both were less faithful by deletion and insertion on the sample data set).

    Args:
        score: the part right of the token stage.
        tokens: B x S x C.
        classes: B columns.
        gates: B x S x C, or S x C for all.
        baseline: S x C.
    """
    through = gates * (tokens.values - baseline)
    bare = baseline.expand_as(tokens.values)
    nothing = of_class(logits(score, TokenSequence(bare, tokens.mask)), classes)
    gains = torch.zeros_like(through[..., 0])
    felt = (tokens.mask & through.any(dim=2)).nonzero()
    for first in range(0, len(felt), AT_ONCE):
        samples, places = felt[first : first + AT_ONCE].T
        values = bare[samples]
        values[torch.arange(len(places)), places] += through[samples, places]
        alone = of_class(score(TokenSequence(values, tokens.mask[samples])), classes[samples])
        gains[samples, places] = alone - nothing[samples]
    return gains


def shares_of(gains: Tensor, mask: Tensor, slices: Mapping[str, slice]) -> Shares:
    """Gains as shares of what speaks for the class: B x S, and the mask B x S.

    A modality counts by the sum of its tokens' gains, in which noise cancels, and by nothing if that is negative; its
    share is divided among its tokens by their positive gains. Where nothing speaks for the class, everything that
    exists shares evenly.
    """
    total = torch.stack([gains[:, span].sum(dim=1) for span in slices.values()], dim=1)
    exists = torch.stack([mask[:, span].any(dim=1) for span in slices.values()], dim=1)
    modalities = _shared(total, exists)
    tokens = [
        _shared(gains[:, span], mask[:, span]) * modalities[:, number : number + 1]
        for number, span in enumerate(slices.values())
    ]
    return Shares(torch.cat(tokens, dim=1), dict(zip(slices, modalities.T, strict=True)))


def _shared(amounts: Tensor, exists: Tensor) -> Tensor:
    """Each row's positive amounts, divided by their sum; even among those that exist (or all) if none is positive."""
    even = torch.where(exists.any(dim=1, keepdim=True), exists, True).to(amounts.dtype)
    positive = amounts.clamp(min=0)
    weights = torch.where(positive.any(dim=1, keepdim=True), positive, even)
    return weights / weights.sum(dim=1, keepdim=True)


def class_gains(
    score: Score,
    tokens: TokenSequence,
    members: Sequence[Tensor],
    classes: Sequence[int],
    gates: Tensor,
    baseline: Tensor,
) -> Tensor:
    """The gains of the tokens of each class's samples, `len(classes) x N x S`; 0 for samples of other classes.

    Args:
        score: the part right of the token stage.
        tokens: N x S x C, the samples of a split.
        members: for each class the places of its samples among the N.
        classes: columns.
        gates: one S x C for each class.
        baseline: S x C.
    """
    gains = tokens.values.new_zeros(len(classes), *tokens.mask.shape)
    for row, (column, opened, own) in enumerate(zip(classes, gates, members, strict=True)):
        if len(own):
            gains[row, own] = token_gains(score, take(tokens, own), torch.full_like(own, column), opened, baseline)
    return gains


def class_shares(gains: Tensor, mask: Tensor, members: Sequence[Tensor], slices: Mapping[str, slice]) -> Shares:
    """The mean shares of each class over its samples, NaN without one: B = the number of classes.

    Args:
        gains: from `class_gains`.
        mask: N x S, the tokens that exist.
        members: for each class the places of its samples among the N.
        slices: where each modality lies.
    """
    shares = [shares_of(own[where], mask[where], slices) for own, where in zip(gains, members, strict=True)]
    tokens = torch.stack([each.tokens.mean(dim=0) for each in shares])
    return Shares(tokens, {key: torch.stack([each.modalities[key].mean() for each in shares]) for key in slices})
