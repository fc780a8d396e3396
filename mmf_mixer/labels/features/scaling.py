"""Features of different units on one scale: each by its mean and standard deviation over the training clips."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmf_mixer.labels.features.parts import Array

FLAT = 1e-7  # of the size of its mean: what a feature varies less by is float32's rounding


class Scale(NamedTuple):
    """Mean and standard deviation of D features."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    def __call__(self, values: Array) -> Array:
        """T x D features, scaled; what is no number becomes the mean, 0."""
        scaled = (values - self.mean) / self.deviation
        return np.where(np.isfinite(values), scaled, 0).astype(np.float32)


def scale_of(sequences: Iterable[Array], width: int) -> Scale:
    """That of all tokens that exist in sequences T x D. A feature that is constant becomes 0."""
    count, total, mean = np.zeros(width), np.zeros(width), np.zeros(width)
    for values in sequences:  # Chan, Golub and LeVeque (1979), for sums of squares would cancel
        some = values[exists(values)].astype(np.float64)
        some = np.ma.masked_invalid(some)
        number = some.count(axis=0)
        new = number > 0
        own = some.mean(axis=0).filled(0)
        apart = (own - mean)[new]
        total[new] += ((some - own) ** 2).sum(axis=0).filled(0)[new]
        total[new] += apart**2 * (count * number / np.maximum(count + number, 1))[new]
        mean[new] += apart * (number / np.maximum(count + number, 1))[new]
        count += number
    deviation = np.sqrt(total / np.maximum(count, 1))
    return Scale(mean, np.where(deviation > FLAT * np.abs(mean), deviation, 1.0))


def exists(values: Array) -> NDArray[np.bool_]:
    """Which of T tokens are more than padding: some feature is a number other than 0."""
    found: NDArray[np.bool_] = (np.isfinite(values) & (values != 0)).any(axis=1)
    return found
