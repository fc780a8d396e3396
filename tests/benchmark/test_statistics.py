"""Means and intervals against hand-made cases."""

import pytest

from mmf_mixer.benchmark.statistics import interval, summarise


def row(seed: int, **metrics: float) -> dict[str, object]:
    return {"model": "m", "modalities": ["text"], "fraction": 1.0, "seed": seed, "metrics": metrics}


def test_interval_is_students() -> None:
    # mean 2, deviation 1, n = 3: half width t(0.975, 2) / sqrt(3) = 4.302653 / 1.732051
    low, high = interval([1.0, 2.0, 3.0]) or (0.0, 0.0)
    assert low == pytest.approx(2 - 2.484138, abs=1e-5) and high == pytest.approx(2 + 2.484138, abs=1e-5)
    assert interval([1.0]) is None
    assert interval([0.5, 0.5]) == (0.5, 0.5)


def test_summary_is_over_the_seeds_that_succeeded() -> None:
    failed = {"model": "m", "modalities": ["text"], "fraction": 1.0, "seed": 3, "error": "…"}
    (entry,) = summarise([row(1, accuracy=0.4), row(2, accuracy=0.6), failed])
    assert entry["mean"] == pytest.approx(0.5) and entry["n"] == 2
    assert entry["std"] == pytest.approx(0.1414214)
    assert summarise([failed]) == []
