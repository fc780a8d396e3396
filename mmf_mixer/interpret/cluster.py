"""K-means over the stencils of a class: the averages of its clusters are what the class is shown by."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from torch import Tensor

from mmf_mixer.errors import InputError

Points = np.ndarray[Any, Any]

MOST = 6  # clusters that are tried
RUNS, STARTS = 5, 10  # of K-means, and starts of each run


@dataclass(frozen=True)
class Clusters:
    """The clusters of a class's R stencils.

    Attributes:
        stencils: K x S x C, the average of each cluster, the largest cluster first.
        sizes: K, how many of the R stencils each cluster has.
        silhouette: the mean silhouette, in [-1, 1]; None for a single cluster.
        stability: the mean adjusted Rand index of all pairs of five runs of K-means, 1 if all agree.
    """

    stencils: Tensor
    sizes: tuple[int, ...]
    silhouette: float | None
    stability: float


def cluster(stencils: Tensor, clusters: int | None = None, seed: int = 0) -> Clusters:
    """Cluster the stencils of one class, R x S x C, by direction: each is scaled to length 1 before.

    Args:
        stencils: of one class.
        clusters: K; None takes the best silhouette of 2 to 6, or 1 where there are too few stencils to tell.
        seed: of K-means.

    Raises:
        InputError: K is larger than R.
    """
    count = len(stencils)
    check_clusters(clusters, count)
    points = torch.nn.functional.normalize(stencils.flatten(1), dim=1).double().numpy()
    points = np.linalg.qr(points.T).R.T  # R coordinates of the same points, at the same distances
    distinct = len(np.unique(points.round(6), axis=0))
    wanted = [clusters] if clusters else list(range(2, min(MOST, count - 1, distinct) + 1)) or [1]
    found = [_partition(points, min(k, distinct), seed) for k in wanted]
    runs, labels, silhouette = max(found, key=lambda each: -1.0 if each[2] is None else each[2])
    stability = float(np.mean([adjusted_rand_score(*pair) for pair in combinations(runs, 2)]))
    sizes = np.bincount(labels)
    order = np.argsort(-sizes, kind="stable")
    averages = torch.stack([stencils[torch.from_numpy(labels == k)].mean(dim=0) for k in order])
    return Clusters(averages, tuple(int(sizes[k]) for k in order), silhouette, stability)


def check_clusters(clusters: int | None, restarts: int) -> None:
    """Raises InputError if there cannot be so many clusters of so many stencils."""
    if clusters is not None and not 1 <= clusters <= restarts:
        raise InputError(
            f"stencils: {clusters} clusters cannot be made of {restarts} restarts; set --clusters between 1 and "
            f"{restarts}, or raise --restarts."
        )


def _partition(points: Points, clusters: int, seed: int) -> tuple[list[Points], Points, float | None]:
    """Some runs of K-means, each point's cluster in each of them and in the best, and the silhouette of that one."""
    runs = [KMeans(clusters, n_init=STARTS, random_state=seed + run).fit(points) for run in range(RUNS)]
    best = min(runs, key=lambda run: run.inertia_).labels_
    scored = 1 < clusters < len(points)
    return [run.labels_ for run in runs], best, float(silhouette_score(points, best)) if scored else None
