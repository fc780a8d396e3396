"""What every explanation needs of a model: logits of many sequences, and the sequence that says nothing."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mmf_mixer.modules.tokens import TokenSequence

Score = Callable[[TokenSequence], Tensor]  # everything right of the token stage: B x S x C to B x L logits

AT_ONCE = 128  # sequences in one forward pass


def mean_tokens(tokens: TokenSequence) -> Tensor:
    """The average sequence, `N x S x C -> S x C`: each token over the samples that have it, or over all if none has."""
    weight = torch.where(tokens.mask.any(dim=0), tokens.mask, True).unsqueeze(-1).to(tokens.values.dtype)
    return (tokens.values * weight).sum(dim=0) / weight.sum(dim=0)


def take(tokens: TokenSequence, which: Tensor | slice) -> TokenSequence:
    """Some of N samples."""
    return TokenSequence(tokens.values[which], tokens.mask[which])


@torch.no_grad()
def logits(score: Score, tokens: TokenSequence) -> Tensor:
    """Scores of any number of sequences, `N x S x C -> N x L`, in passes of bounded size."""
    parts = range(0, len(tokens.values), AT_ONCE)
    return torch.cat([score(take(tokens, slice(first, first + AT_ONCE))) for first in parts])


def of_class(scores: Tensor, classes: Tensor | Sequence[int]) -> Tensor:
    """Each row's score of its own class: `B x L, B -> B`."""
    columns = torch.as_tensor(classes, device=scores.device)
    return scores.gather(1, columns.unsqueeze(1)).squeeze(1)


def members_of(targets: Tensor) -> list[Tensor]:
    """For each of the L classes the places of its samples, from targets N x L; none, if it has none."""
    return [column.nonzero().flatten() for column in targets.cpu().T]
