"""A model's accuracy when it has some modalities only, or a modality of other clips, and what follows from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial, log

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress
from torch import Tensor

from mmf_mixer.modules.tokens import TokenSequence
from mmf_mixer.protocols import Json

Subset = tuple[str, ...]  # keys of the modalities that a model has, in their order
Array = NDArray[np.float64]
Accuracies = Callable[[TokenSequence], Tensor]  # N sequences to how right the model is on each, in [0, 1]: N, or N x G

PERMUTATIONS = 5


def subsets_of(keys: Sequence[str]) -> list[Subset]:
    """All 2^M subsets of M modalities, the empty one first and the whole last."""
    return [subset for size in range(len(keys) + 1) for subset in combinations(keys, size)]


@dataclass(frozen=True)
class Outcomes:
    """How right a model is on each of N clips.

    Attributes:
        keys: of the M modalities.
        subsets: N x 2^M, with the modalities of each of `subsets_of(keys)`.
        permuted: N x M, with all modalities, one of which is another clip's; the mean of all permutations.

    Both may have G label groups as another axis, until `of` takes the mean over some.
    """

    keys: tuple[str, ...]
    subsets: Array
    permuted: Array

    def of(self, groups: Sequence[int]) -> "Outcomes":
        """The mean over the label groups at these places."""
        return Outcomes(self.keys, self.subsets[..., groups].mean(axis=-1), self.permuted[..., groups].mean(axis=-1))


def outcomes(
    accuracies: Accuracies, tokens: TokenSequence, absent: Tensor, slices: Mapping[str, slice], seed: int
) -> Outcomes:
    """Run the model on all subsets and permutations.

    Args:
        accuracies: of the part right of the token stage.
        tokens: N x S x C.
        absent: S x C, the sequence of a clip that has no modality at all.
        slices: where each modality lies.
        seed: of the permutations.
    """
    lot = torch.Generator().manual_seed(seed)
    every = subsets_of(tuple(slices))
    with Progress(transient=True) as progress:
        task = progress.add_task("Masking modalities", total=len(every) + len(slices) * PERMUTATIONS)

        def right(changed: TokenSequence) -> Array:
            found: Array = accuracies(changed).double().cpu().numpy()
            progress.advance(task)
            return found

        kept = [right(keep(tokens, absent, [slices[key] for key in subset])) for subset in every]
        swapped = [
            np.mean([right(permute(tokens, span, lot)) for _ in range(PERMUTATIONS)], axis=0)
            for span in slices.values()
        ]
    return Outcomes(tuple(slices), np.stack(kept, axis=1), np.stack(swapped, axis=1))


def keep(tokens: TokenSequence, absent: Tensor, spans: Sequence[slice]) -> TokenSequence:
    """The same clips without what lies elsewhere, which looks as in a clip that never had it."""
    values, mask = absent.expand_as(tokens.values).clone(), torch.zeros_like(tokens.mask)
    for span in spans:
        values[:, span], mask[:, span] = tokens.values[:, span], tokens.mask[:, span]
    return TokenSequence(values, mask)


def permute(tokens: TokenSequence, span: slice, lot: torch.Generator) -> TokenSequence:
    """The same clips, but each that has the modality at `where` has that of another such clip.

    Clips that lack it stay as they are: what is measured is the loss of the modality's content, and they have none.
    """
    order = tokens.mask[:, span].any(dim=1).nonzero().flatten().cpu()
    order = order[torch.randperm(len(order), generator=lot)]  # each gets what the one before it in this order had
    values, mask = tokens.values.clone(), tokens.mask.clone()
    values[order, span], mask[order, span] = (part[order.roll(1)][:, span] for part in tokens)
    return TokenSequence(values, mask)


def usage_figures(keys: Sequence[str], subsets: Array, permuted: Array) -> Json:
    """What mean accuracies say of each modality. Leading axes are kept, so that resamples go through at once.

    Args:
        keys: of the M modalities.
        subsets: … x 2^M.
        permuted: … x M.

    Returns:
        `drop`, `perceptual`, `shapley`, `share` (… x M), `utilisation` (… x M x M) and `entropy` (…).
    """
    every = subsets_of(tuple(keys))
    place = {subset: number for number, subset in enumerate(every)}
    whole = subsets[..., -1:]
    without = [place[tuple(other for other in keys if other != key)] for key in keys]
    shapley = subsets @ shapley_weights(keys)
    positive = np.clip(shapley, 0, None)
    with np.errstate(invalid="ignore", divide="ignore"):  # nan where nothing is used, or nothing right
        share = positive / positive.sum(axis=-1, keepdims=True)
        utilisation = np.full((*subsets.shape[:-1], len(keys), len(keys)), np.nan)
        for one, two in combinations(range(len(keys)), 2):
            pair = subsets[..., place[keys[one], keys[two]]]
            utilisation[..., one, two] = (pair - subsets[..., place[(keys[two],)]]) / pair
            utilisation[..., two, one] = (pair - subsets[..., place[(keys[one],)]]) / pair
    terms = share * np.log(np.where(share > 0, share, 1.0))
    return {
        "drop": whole - subsets[..., without],
        "perceptual": whole - permuted,
        "shapley": shapley,
        "share": share,
        "utilisation": utilisation,
        "entropy": np.abs(terms.sum(axis=-1)) / log(max(len(keys), 2)),
    }


def shapley_weights(keys: Sequence[str]) -> Array:
    """2^M x M: how the Shapley value of each modality is made from the values of all subsets."""
    every, players = subsets_of(tuple(keys)), len(keys)
    weights = np.zeros((len(every), players))
    for row, subset in enumerate(every):
        size = len(subset)
        for column, key in enumerate(keys):
            if key in subset:
                weights[row, column] = factorial(size - 1) * factorial(players - size) / factorial(players)
            else:
                weights[row, column] = -factorial(size) * factorial(players - size - 1) / factorial(players)
    return weights
