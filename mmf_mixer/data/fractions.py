"""A part of the training clips for a learning curve: nested, and as balanced as the whole, rare labels first.

The clips are put in an order of which every beginning is a part: a smaller part lies within each larger one. The order
depends on the dataset folder and a seed of its own, not on the training: all models and seeds get the same part.
"""

import numpy as np
from numpy.typing import NDArray

from mmf_mixer.data.clips import Clips
from mmf_mixer.errors import InputError


def subset_of(clips: Clips, fraction: float, seed: int) -> NDArray[np.int64]:
    """The places of a part of the clips, in their order.

    Args:
        clips: of the training split.
        fraction: a share of the clips up to 1, at least one clip; or above 1 their number.
        seed: of the choice among clips that would serve alike.

    Raises:
        InputError: `fraction` is not above 0, is no whole number of clips, or is more than there are.
    """
    count = clips_in(fraction, len(clips))
    if count == len(clips):
        return np.arange(count)
    return np.sort(balanced_order(label_table(clips), seed, count))


def clips_in(fraction: float, total: int) -> int:
    """How many of `total` clips a fraction is. Raises InputError as `subset_of` does."""
    option = f"dataset_config.clips.fraction is {fraction}"
    if not isinstance(fraction, int | float) or not fraction > 0:
        raise InputError(f"{option}; it is a share of the training clips, at most 1, or their number.")
    if fraction <= 1:
        return max(1, round(fraction * total))
    if fraction != int(fraction) or fraction > total:
        raise InputError(f"{option}, which is above 1 and so a number of clips, but there are {total} of them.")
    return int(fraction)


def label_table(clips: Clips) -> NDArray[np.bool_]:
    """Which clip has which label, `N x (L + 1)`; the last column is of clips without any."""
    table = clips.label_table()
    return np.concatenate([table, ~table.any(axis=1, keepdims=True)], axis=1)


def balanced_order(table: NDArray[np.bool_], seed: int, count: int | None = None) -> list[int]:
    """The first `count` clips (default: all) of an order of N in which every beginning has about the same share of each
    label's clips.

    After the iterative stratification of Sechidis et al., On the Stratification of Multi-Label Data (2011), one clip
    at a time. Its label is the one that lags most: the smallest share of its clips is taken. Of equals the rarest goes
    first. Of the clips with that label it is the one whose labels together lag most.

    Args:
        table: `N x L`, which clip has which label.
        seed: settles what is still undecided.
    """
    random = np.random.default_rng(seed)
    lot = random.permutation(len(table))
    table = table[lot][:, random.permutation(np.flatnonzero(table.any(axis=0)))]
    totals = table.sum(axis=0)
    taken = np.zeros_like(totals)
    members = alike(table)
    kinds = table[[clips[0] for clips in members]]
    waiting = [iter(clips[1:].tolist()) for clips in members]
    first = np.array([clips[0] for clips in members])  # of each kind, the clip that comes next; N if none is left
    order = []
    for place in range(len(table) if count is None else count):
        share = taken / totals
        unfinished = np.flatnonzero(taken < totals)
        label = unfinished[np.lexsort((totals[unfinished], share[unfinished]))[0]]
        candidates = np.flatnonzero((first < len(table)) & kinds[:, label])
        lag = (place + 1) / len(table) - share
        sums = kinds[candidates] @ lag
        lagging = candidates[sums == sums.max()]
        kind = lagging[np.argmin(first[lagging])]
        taken += kinds[kind]
        order.append(int(lot[first[kind]]))
        first[kind] = next(waiting[kind], len(table))
    return order


def alike(table: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """The places of clips that have the same labels, of each such kind in turn, from `N x L`."""
    packed = np.ascontiguousarray(np.packbits(table, axis=1))
    kind = np.unique(packed.view(f"V{packed.shape[1]}").ravel(), return_inverse=True)[1]
    return np.split(np.argsort(kind, kind="stable"), np.cumsum(np.bincount(kind))[:-1])
