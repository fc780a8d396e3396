"""What a model's scores are without interactions: EMAP, the empirical multimodally-additive projection.

Hessel and Lee, Does my multimodal model learn cross-modal interactions?, 2020, https://arxiv.org/abs/2010.06572.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import lsqr

DRAWS = 32  # recombinations that each clip takes part in, as far as there are so many clips


def recombinations(clips: int, modalities: int, draws: int = DRAWS, seed: int = 0) -> NDArray[np.int64]:
    """Which clip each of M modalities is taken from, R x N x M with R = `draws`, or N if there are fewer clips.

    In each draw every clip gives each modality once. With two modalities and R = N they are all pairs there are.
    """
    lot = np.random.default_rng(seed)
    shifts = np.column_stack([lot.permutation(clips)[:draws] for _ in range(modalities)])
    shifts[:, 0] = 0
    order = np.column_stack([lot.permutation(clips) for _ in range(modalities)])
    places = (np.arange(clips)[None, :, None] + shifts[:, None, :]) % clips
    return np.take_along_axis(order[None], places, axis=1)


def additive_projection(scores: NDArray[np.floating], places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of each clip as it is the sum over modalities that is nearest to a model's scores of recombined clips, N x L.

    It is fitted by least squares. Where all combinations are there, that gives the marginal means of Hessel and Lee;
    where only some are, a model that adds up modalities still keeps its scores.

    Args:
        scores: R x N x L, of the recombinations.
        places: R x N x M, from `recombinations`.
    """
    draws, clips, modalities = places.shape
    columns = (places + clips * np.arange(modalities)).reshape(-1, modalities)
    ends = np.arange(0, columns.size + 1, modalities)
    design = sparse.csr_array((np.ones(columns.size), columns.ravel(), ends), (draws * clips, modalities * clips))
    said = scores.reshape(draws * clips, -1)
    parts = [lsqr(design, label, atol=1e-12, btol=1e-12)[0] for label in said.T.astype(np.float64)]
    projected: NDArray[np.float64] = np.stack(parts, axis=1).reshape(modalities, clips, -1).sum(axis=0)
    return projected
