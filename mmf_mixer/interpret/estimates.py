"""Means over samples, with intervals."""

from dataclasses import dataclass

import numpy as np
from scipy import stats
from torch import Tensor


@dataclass(frozen=True)
class Estimate:
    """A mean over samples with its 95 % interval."""

    mean: float
    low: float
    high: float


def estimate(values: Tensor) -> Estimate:
    """The mean of B values and its 95 % bootstrap interval (percentiles of 2000 resamples, always the same ones)."""
    array = values.double().cpu().numpy()
    mean = float(array.mean())
    if len(array) < 2 or np.ptp(array) == 0:
        return Estimate(mean, mean, mean)
    found = stats.bootstrap((array,), np.mean, n_resamples=2000, method="percentile", rng=np.random.default_rng(0))
    return Estimate(mean, float(found.confidence_interval.low), float(found.confidence_interval.high))
