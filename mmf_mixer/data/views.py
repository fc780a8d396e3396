"""Clips as a model sees them, in numbers: what is needed to choose among them without running it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Views:
    """N clips as a model of L labels and M modalities sees them.

    Attributes:
        scores: N x L probabilities.
        opinions: by modality, N x L probabilities from it alone; nan for a clip that lacks it.
        fused: N x D, what the fusion makes of all modalities.
        alone: by modality, N x D', what it looks like before the fusion; nan for a clip that lacks it.
        sources: by clip, what it is cut from: clips of one source are alike.
    """

    scores: Array
    opinions: Mapping[str, Array]
    fused: Array
    alone: Mapping[str, Array]
    sources: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.scores)

    def at(self, places: Sequence[int] | NDArray[np.int64]) -> "Views":
        """Those of some of the clips."""
        opinions = {key: said[places] for key, said in self.opinions.items()}
        alone = {key: own[places] for key, own in self.alone.items()}
        return Views(self.scores[places], opinions, self.fused[places], alone, tuple(self.sources[n] for n in places))


def directions(*views: Views) -> list[Array]:
    """Vectors of length at most 1 for the clips of each of `views`, which say what a clip looks like: N x D each.

    They join what the fusion and each modality have, each part centred over all clips and scaled to one length; a part
    that a clip lacks is 0.
    """
    parts = [[view.fused for view in views], *([view.alone[key] for view in views] for key in views[0].alone)]
    return [np.concatenate(each, axis=1) / np.sqrt(len(parts)) for each in zip(*map(_normalised, parts), strict=True)]


def _normalised(parts: list[Array]) -> list[Array]:
    centre = np.nanmean(np.concatenate(parts), axis=0)
    centred = [np.nan_to_num(part - centre) for part in parts]
    return [part / np.maximum(np.linalg.norm(part, axis=1, keepdims=True), 1e-12) for part in centred]
