"""Resampling against cases worked out by hand, sklearn's average precision, and a simulation with a known truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from mmf_mixer.benchmark import resampling
from mmf_mixer.benchmark.answers import Answer
from mmf_mixer.benchmark.resampling import (
    METRICS,
    bootstrap_interval,
    group_accuracy,
    holm,
    mean_average_precision,
    observed,
    p_value,
    resampled,
)

ONE = np.ones((4, 1), np.float32)


def made(ranks: list[list[float]], targets: list[list[int]], right: list[float] | None = None) -> Answer:
    """An answer about one or more labels, columns first."""
    shares = np.array(right if right is not None else [0.0] * len(ranks[0]), np.float32)
    return Answer(shares, np.array(ranks, np.float32).T, np.array(targets, bool).T)


def test_average_precision_by_hand() -> None:
    # from the top: positive, negative, positive, negative. Precision at the positives is 1/1 and 2/3.
    assert mean_average_precision(made([[4, 3, 2, 1]], [[1, 0, 1, 0]]), ONE)[0] == pytest.approx((1 + 2 / 3) / 2)
    # all alike: what is positive of all
    assert mean_average_precision(made([[1, 1, 1, 1]], [[1, 0, 0, 0]]), ONE)[0] == pytest.approx(0.25)
    # the mean over the labels; the third has no positive clip and does not count
    three = made([[4, 3, 2, 1], [1, 2, 3, 4], [1, 2, 3, 4]], [[1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]])
    assert mean_average_precision(three, ONE)[0] == pytest.approx((1 + 1 / 4) / 2)


def test_weights_are_clips_that_stand_there_so_often() -> None:
    weights = np.array([[2], [0], [1], [3]], np.float32)
    accuracy = group_accuracy(made([[1, 1, 1, 1]], [[1, 1, 1, 1]], [0.5, 1, 1, 0]), weights)
    assert accuracy[0] == pytest.approx((2 * 0.5 + 1) / 6)
    # from the top: three negatives, one positive, then two positives: 1/4 once, 3/6 twice
    precision = mean_average_precision(made([[1, 2, 3, 4]], [[1, 0, 1, 0]]), weights)
    assert precision[0] == pytest.approx((1 / 4 + 2 * 3 / 6) / 3)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(2, 30), st.integers(1, 6))
def test_average_precision_is_sklearns(seed: int, clips: int, levels: int) -> None:
    lot = np.random.default_rng(seed)
    scores, targets = lot.integers(0, levels, (clips, 3)), lot.random((clips, 3)) < 0.4
    weights = lot.multinomial(clips, np.full(clips, 1 / clips), 4).T
    answer = Answer(np.zeros(clips, np.float32), scores.astype(np.float32), targets)
    found = mean_average_precision(answer, weights.astype(np.float32))
    for draw, value in zip(weights.T, found, strict=True):
        drawn = np.repeat(np.arange(clips), draw)  # the clips as often as they were drawn
        labels = [label for label in range(3) if targets[drawn, label].any()]
        expected = [average_precision_score(targets[drawn, label], scores[drawn, label]) for label in labels]
        assert value == pytest.approx(np.mean(expected) if expected else 0, abs=1e-5)
        by_weight = [average_precision_score(targets[:, n], scores[:, n], sample_weight=draw) for n in labels]
        assert by_weight == pytest.approx(expected)


def test_the_interval_of_one_seed_is_that_of_the_clips() -> None:
    again = np.arange(2001.0)[None] / 1000  # 0 to 2, mean 1
    assert bootstrap_interval(0.5, again) == pytest.approx((0.05 - 0.5, 1.95 - 0.5))


def test_the_interval_of_seeds_alone_has_their_unbiased_variance() -> None:
    # 0, 3 and 6 on every draw: two are drawn, so the means are 0, 1.5, 3, 4.5, 6 with 1, 2, 3, 2, 1 of 9
    again = np.repeat([[0.0], [3.0], [6.0]], 20_000, axis=1)
    assert bootstrap_interval(3.0, again) == pytest.approx((0, 6), abs=0.05)
    assert bootstrap_interval(7.0, np.full((3, 100), 7.0)) == pytest.approx((7, 7))


def simulated(lot: np.random.Generator, fickle: float = 0.3, seeds: int = 4, clips: int = 60) -> list[Answer]:
    """Answers of new seeds on new clips; clips differ in how hard they are, seeds by `fickle` in how good."""
    targets = np.eye(3, dtype=bool)[lot.integers(0, 3, clips)]
    shared = lot.normal(size=targets.shape)
    answers = []
    for _ in range(seeds):
        scores = (1 + fickle * lot.normal()) * targets + shared + 0.7 * lot.normal(size=targets.shape)
        right = (scores.argmax(1) == targets.argmax(1)).astype(np.float32)
        answers.append(Answer(right, scores.astype(np.float32), targets))
    return answers


@pytest.mark.parametrize("name", METRICS)
def test_intervals_hold_the_truth_about_as_often_as_they_say(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resampling, "RESAMPLES", 300)
    lot, metric = np.random.default_rng(0), METRICS[name]
    truth = np.mean([observed(simulated(lot), metric).mean() for _ in range(400)])
    hits = 0
    for _ in range(150):
        answers = simulated(lot)
        low, high = bootstrap_interval(observed(answers, metric).mean(), resampled(answers, metric))
        hits += low <= truth <= high
    assert 0.87 <= hits / 150 <= 0.99


@pytest.mark.parametrize("name", METRICS)
def test_a_model_does_not_differ_from_itself(name: str) -> None:
    answers = simulated(np.random.default_rng(1), seeds=2, clips=20)
    assert p_value(answers, answers, METRICS[name]) == 1.0


@pytest.mark.parametrize("name", METRICS)
def test_a_planted_difference_is_found_from_both_sides(name: str) -> None:
    targets = np.eye(2, dtype=bool)[[0, 1] * 15]
    good = Answer(np.ones(30, np.float32), targets.astype(np.float32), targets)
    bad = Answer(np.zeros(30, np.float32), 1 - targets.astype(np.float32), targets)
    assert p_value([good], [bad], METRICS[name]) == pytest.approx(0.0002)
    assert p_value([bad], [good], METRICS[name]) == pytest.approx(0.0002)


def test_few_clips_are_permuted_in_all_ways() -> None:
    # three clips that one model has right and the other has not: of the 8 ways to exchange, 2 differ as much
    one, two = made([[3, 2, 1]], [[1, 0, 0]], [1, 1, 1]), made([[3, 2, 1]], [[1, 0, 0]], [0, 0, 0])
    assert p_value([one], [two], group_accuracy) == pytest.approx(2 / 8)


def test_a_test_keeps_its_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resampling, "PERMUTATIONS", 199)
    lot, rejected = np.random.default_rng(2), 0
    for _ in range(120):
        both = simulated(lot, fickle=0, seeds=4, clips=30)
        rejected += p_value(both[:2], both[2:], mean_average_precision) <= 0.05
    assert 0.01 <= rejected / 120 <= 0.1


def test_holm_by_hand() -> None:
    # sorted 0.01 x 4, 0.02 x 3, 0.03 x 2, 0.9 x 1, none below the one before it
    assert holm([0.02, 0.9, 0.01, 0.03]) == pytest.approx([0.06, 0.9, 0.04, 0.06])
    assert holm([0.5, 0.6]) == pytest.approx([1, 1])
    assert holm([]) == []
