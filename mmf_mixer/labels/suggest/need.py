"""Which labels want more clips."""

import numpy as np
from numpy.typing import NDArray

from mmf_mixer.data.views import Array


def needs(positives: NDArray[np.int64], average_precision: Array) -> Array:
    """The share of each of L labels in what is labelled next: large where few clips have it and it is found badly.

    Args:
        positives: how many labelled clips have each.
        average_precision: on clips that were not learned from; nan for a label without one, which counts as 0.
    """
    lack = 1 - np.nan_to_num(average_precision)
    need = np.maximum(lack, 0.05) / np.sqrt(1 + positives)  # no label is ever done
    share: Array = need / need.sum()
    return share


def quotas(shares: Array, count: int) -> NDArray[np.int64]:
    """`count` things divided by these shares, which add up to 1: whole parts first, then by largest remainder."""
    parts = np.floor(shares * count).astype(np.int64)
    left = count - parts.sum()
    parts[np.argsort(parts - shares * count, kind="stable")[:left]] += 1
    return parts
