"""What chance does to a metric: clips and seeds are drawn again, or two models' answers to a clip exchanged.

Clips have weights, N x R for R weightings at once: how often each was drawn.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from mmf_mixer.benchmark.answers import Answer, Array, joined

RESAMPLES = 2000  # of the bootstrap
PERMUTATIONS = 9999  # of a test: p is at least 0.0002, small enough to survive Holm's correction of 250 tests
TOGETHER = 1000  # permutations at once, which bounds the memory
Values = NDArray[np.floating[Any]]
Metric = Callable[[Answer, Array], Values]


class OfClips(Protocol):
    """What a training says of N clips: `right` has a value of each."""

    @property
    def right(self) -> Array: ...


A = TypeVar("A", bound=OfClips)


def group_accuracy(answer: Answer, weights: Array) -> Values:
    """Share of right label groups over the clips, R."""
    accuracy: Values = answer.right @ weights / weights.sum(axis=0)
    return accuracy


def mean_average_precision(answer: Answer, weights: Array) -> Values:
    """Average precision, averaged over the labels that a clip with weight has, R.

    Average precision is the mean, over the clips k that have the label, of the precision among the clips that rank as
    high as k or higher. Clips of equal rank count together, and a clip of weight 2 as two of them, as in sklearn's
    `average_precision_score`; but here two matrix products do it for all R weightings.
    """
    total = np.zeros(weights.shape[1], np.float32)
    count = np.zeros(weights.shape[1], np.float32)
    for ranks, targets in zip(answer.ranks.T, answer.targets.T, strict=True):
        positive = np.flatnonzero(targets)
        above = (ranks >= ranks[positive, None]).astype(np.float32)  # P x N
        own = weights[positive]
        everyone = np.maximum(above @ weights, 1)  # P x R; 0 only where the clip itself has no weight
        precision = above[:, positive] @ own / everyone
        drawn = own.sum(axis=0)
        total += (own * precision).sum(axis=0) / np.maximum(drawn, 1)
        count += drawn > 0
    return total / np.maximum(count, 1)


METRICS: dict[str, Metric] = {"group_accuracy": group_accuracy, "mean_average_precision": mean_average_precision}


def observed(answers: Sequence[A], metric: Callable[[A, Array], Values]) -> NDArray[np.float64]:
    """The metric of each of S answers."""
    once = np.ones((len(answers[0].right), 1), np.float32)
    return np.array([metric(answer, once)[0] for answer in answers], np.float64)


def resampled(answers: Sequence[A], metric: Callable[[A, Array], Values]) -> NDArray[np.float64]:
    """The metric of each of S answers on clips drawn with replacement, S x R; of all rows, the same draws."""
    clips = len(answers[0].right)
    draws = np.random.default_rng(0).multinomial(clips, np.full(clips, 1 / clips), RESAMPLES)
    weights = np.ascontiguousarray(draws.T, np.float32)
    return np.array([metric(answer, weights) for answer in answers], np.float64)


def bootstrap_interval(mean: float, again: NDArray[np.float64]) -> tuple[float, float]:
    """The 95 % bootstrap interval over clips and seeds of a mean over seeds.

    Clips and seeds are drawn independently, for all seeds answer the same clips (Owen, The Pigeonhole Bootstrap, 2007,
    https://doi.org/10.1214/07-AOAS122). Of S seeds S - 1 are drawn, without which so few would vary too little (Rao and
    Wu, Resampling Inference With Complex Survey Data, 1988). The draws are centred on the mean: a clip that is drawn
    twice stands beside itself in the ranking, which raises the average precision of every resample.

    Args:
        mean: what was observed.
        again: S x R, from `resampled`, or a difference of two such.
    """
    seeds, count = again.shape
    drawn = max(seeds - 1, 1)
    shares = np.random.default_rng(1).multinomial(drawn, np.full(seeds, 1 / seeds), count).T / drawn
    means = (shares * again).sum(axis=0)
    low, high = np.percentile(means - means.mean(), (2.5, 97.5))
    return float(mean + low), float(mean + high)


def of_share(interval: tuple[float, float], least: float = 0) -> tuple[float, float]:
    """The interval of a share, which ends where shares do: at `least`, -1 for the difference of two, and 1."""
    low, high = np.clip(interval, least, 1).tolist()
    return low, high


def p_value(first: Sequence[Answer], second: Sequence[Answer], metric: Metric) -> float:
    """How often chance alone makes two models differ as much: the paired permutation test, two-sided.

    If the models are alike, it does not matter whose answer to a clip is whose. So the answers to each clip are
    exchanged or not, by lot, and those of all seeds together.

    Args:
        first, second: S answers each, of the same seeds and clips.
        metric: whose mean over the seeds is compared.
    """
    clips = len(first[0].right)
    both = [joined(one, two) for one, two in zip(first, second, strict=True)]

    def difference(ones: NDArray[np.int64], twos: NDArray[np.int64], axis: int) -> NDArray[np.float64]:
        """Of the answers at these places among the 2N, … x N."""
        weights = np.concatenate([ones < clips, ones >= clips], axis=-1).reshape(-1, 2 * clips).T
        mine, other = np.ascontiguousarray(weights, np.float32), np.ascontiguousarray(~weights, np.float32)
        each = [metric(answer, mine) - metric(answer, other) for answer in both]
        return np.round(np.mean(each, axis=0, dtype=np.float64), 6).reshape(ones.shape[:-1])  # else ties are missed

    places = np.arange(clips), np.arange(clips) + clips
    test = stats.permutation_test(
        places, difference, permutation_type="samples", vectorized=True, n_resamples=PERMUTATIONS, batch=TOGETHER,
        rng=np.random.default_rng(2),
    )  # fmt: skip
    return float(test.pvalue)


def holm(values: Sequence[float]) -> list[float]:
    """The p-values of tests that are read together, corrected (Holm 1979): reject those of at most 0.05."""
    order = np.argsort(values)
    stepped = np.maximum.accumulate(np.asarray(values)[order] * np.arange(len(values), 0, -1))
    corrected = np.empty(len(values))
    corrected[order] = np.minimum(stepped, 1)
    return corrected.tolist()
