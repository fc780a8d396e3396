"""Choosing clips far from each other, and from many sources."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin_min

from mmf_mixer.data.views import Array

NEAR = 0.1  # a distance at which two clips show the same; vectors have length 1
SHORTLIST = 0.2  # share of the pool: the best of a feed, among which the furthest is taken


class Chooser:
    """Takes clips of a pool one by one. What looks like a clip that is taken or labelled is out.

    Args:
        where: N x D, what the clips look like; lengths are at most 1.
        known: K x D, the labelled ones.
        sources: of the N clips.
        shortlist: the share of the pool that counts as suiting a feed best.
    """

    def __init__(self, where: Array, known: Array, sources: Sequence[str], shortlist: float = SHORTLIST) -> None:
        self.where, self.sources = where, sources
        self.taken: Counter[str] = Counter()
        self.distance = np.full(len(where), 2.0)  # to the nearest that is taken or labelled
        if len(known):
            self.distance = np.asarray(pairwise_distances_argmin_min(where, known)[1], np.float64)
        self.open = self.distance > NEAR
        self.shortlist = max(1, round(shortlist * len(where)))

    def take(self, values: Array) -> int | None:
        """Of the clips with the largest values one from the least used source, and of these the furthest from all that
        is known: greedy k-centre (Sener and Savarese 2018, arXiv:1708.00489). None, if all are out.

        Clips with the same value suit alike: all of them are among the best, or none. So values that say nothing, as
        those of a label that no labelled clip has, let the furthest of all be taken.
        """
        left = np.flatnonzero(self.open)
        if not len(left):
            return None
        least = np.sort(values[left])[-self.shortlist :][0]
        shortlist = left[values[left] >= least]
        chosen = int(min(shortlist, key=lambda clip: (self.taken[self.sources[clip]], -self.distance[clip])))
        self._mark(chosen)
        return chosen

    def by_lot(self, random: np.random.Generator) -> int | None:
        """Any clip of the least used source."""
        left = np.flatnonzero(self.open)
        if not len(left):
            return None
        chosen = int(min(random.permutation(left), key=lambda clip: self.taken[self.sources[clip]]))
        self._mark(chosen)
        return chosen

    def _mark(self, chosen: int) -> None:
        self.taken[self.sources[chosen]] += 1
        self.distance = np.minimum(self.distance, np.linalg.norm(self.where - self.where[chosen], axis=1))
        self.open &= self.distance > NEAR
        self.open[chosen] = False


def medoids(where: Array, count: int, seed: int) -> NDArray[np.int64]:
    """The places of the clips nearest to the centres of `count` clusters, the largest cluster first.

    Typical clips serve best while nothing is labelled (TypiClust, Hacohen et al. 2022, arXiv:2202.02794).
    """
    found = KMeans(min(count, len(where)), n_init=4, random_state=seed).fit(where)
    sizes = np.bincount(found.labels_, minlength=found.n_clusters)
    nearest, _ = pairwise_distances_argmin_min(found.cluster_centers_, where)
    order = np.argsort(-sizes, kind="stable")
    return np.array(list(dict.fromkeys(nearest[order].tolist())))
