"""Feeds of clips for a label, as Netflix' Video Annotator has them (Ziai et al. 2024, arXiv:2402.06560)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from sklearn.metrics import pairwise_distances_argmin_min

from mmf_mixer.data.clip import Labels
from mmf_mixer.data.views import Array, Views

Feed = Literal["surest", "borderline", "neighbour", "random", "typical"]


@dataclass(frozen=True)
class Feeds:
    """How well each of N clips of a pool suits each feed of a label: N values, the largest first.

    Attributes:
        pool: the clips.
        labels: what they may have.
        where: N x D, what they look like.
        known: K x D, what the labelled clips look like.
        targets: K x L, multi-hot.
    """

    pool: Views
    labels: Labels
    where: Array
    known: Array
    targets: Array

    def by_name(self) -> dict[Feed, Callable[[int], Array]]:
        """The feeds of a label's column."""
        return {"borderline": self.borderline, "neighbour": self.neighbour, "surest": self.surest}

    def surest(self, label: int) -> Array:
        """Its probability: what is wrong here is worth most to know."""
        return self.pool.scores[:, label]

    def borderline(self, label: int) -> Array:
        """How small the margin to its strongest rival is, and how far the modalities disagree; from 0 to 2."""
        return self.uncertainty[:, label]

    def neighbour(self, label: int) -> Array:
        """How near the nearest clip is that has it (after SEALS, Coleman et al. 2022, arXiv:2007.00077); 0 for all if
        none has."""
        own = self.targets[:, label] > 0
        if not own.any():
            return np.zeros(len(self.pool))
        _, distance = pairwise_distances_argmin_min(self.where, self.known[own])
        return -np.asarray(distance, np.float64)

    @cached_property
    def uncertainty(self) -> Array:
        """N x L."""
        margin = 1 - np.abs(self.pool.scores - rivals(self.pool.scores, self.labels))
        return margin + disagreement(list(self.pool.opinions.values()), self.pool.scores)


def rivals(scores: Array, labels: Labels) -> Array:
    """N x L: of a label of an exclusive group the best other label's score; of one of an open group that it is not."""
    found = 1 - scores
    for group, columns in labels.slices():
        if group.exclusive and len(group.labels) > 1:
            own = scores[:, columns]
            best, second = np.sort(own, axis=1)[:, :-3:-1].T[..., None]
            found[:, columns] = np.where(own == best, second, best)
    return found


def disagreement(opinions: list[Array], scores: Array) -> Array:
    """N x L, from 0 to 1: how far the modalities are apart; 0 for a clip that has one alone."""
    if not opinions:
        return np.zeros_like(scores)
    said = np.stack(opinions)
    several = (~np.isnan(said)).sum(axis=0) > 1
    spread = np.nan_to_num(said, nan=-np.inf).max(axis=0) - np.nan_to_num(said, nan=np.inf).min(axis=0)
    return np.where(several, spread, 0.0)
