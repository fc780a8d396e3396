"""How sure one can be of each label of each clip, by what other clips show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.neighbors import NearestNeighbors

from mmf_mixer.data.clip import Labels
from mmf_mixer.data.views import Array, Views, directions
from mmf_mixer.labels.audit.heads import crossfit, folds, multiplied, priors

NEIGHBOURS = 10
FEW = 10  # clips with a label: of fewer heads learn little, so that neighbours count as well


@dataclass(frozen=True)
class Confidence:
    """Probabilities of the L labels of N clips, N x L, each from clips of other sources.

    Attributes:
        whole: all things considered.
        alone: by modality, from its own head; nan for a clip that lacks it.
        prior: L, how frequent each label is.
    """

    whole: Array
    alone: Mapping[str, Array]
    prior: Array


def confidence(views: Views, targets: Array, labels: Labels, seed: int = 0) -> Confidence:
    """Cross-fit a head on what the fusion makes of the clips and one on each modality, and ask the neighbours.

    What the modalities say is multiplied, and averaged with what the fusion says, and of a label with few clips with
    what the neighbours say.

    Args:
        views: of N clips.
        targets: N x L, multi-hot.
        labels: the L labels.
        seed: of the folds.
    """
    fold = folds(targets, views.sources, seed=seed)
    alone = {key: crossfit(own, targets, labels, fold) for key, own in views.alone.items()}
    fused = crossfit(views.fused, targets, labels, fold)
    whole = (fused + multiplied(list(alone.values()), targets, labels)) / 2
    (where,) = directions(views)
    few = targets.sum(axis=0) < FEW
    whole = np.where(few, (2 * whole + vote(where, targets, views.sources)) / 3, whole)
    return Confidence(whole, alone, priors(targets))


def vote(where: Array, targets: Array, sources: Sequence[str]) -> Array:
    """The share of each label among the nearest clips of other sources, N x L, drawn a little to how frequent it is."""
    source = np.unique(np.array(sources), return_inverse=True)[1]
    most = min(len(where), NEIGHBOURS + int(np.bincount(source).max()))
    nearest = NearestNeighbors(n_neighbors=most).fit(where).kneighbors(where, return_distance=False)
    prior = priors(targets)
    found = np.empty_like(targets)
    for clip, order in enumerate(nearest):
        others = order[source[order] != source[clip]][:NEIGHBOURS]
        found[clip] = (targets[others].sum(axis=0) + prior) / (len(others) + 1)
    return found
