"""The search: as many trials for each row, and a choice by validation alone."""

import math
from typing import Any

import pytest

from mmf_mixer.benchmark.tuning import as_options, best, points
from mmf_mixer.errors import InputError

FAILED = {"error": "boom"}
SEARCH: dict[str, list[Any]] = {"lr": [1, 2, 3], "dropout": [0.1, 0.2]}


def trial(value: float, minimize: bool = False) -> dict[str, Any]:
    return {"criterion": {"name": "val/x", "value": value, "minimize": minimize}}


def test_trials_are_the_row_as_it_is_and_then_different_points() -> None:
    everything = points("m", SEARCH, 7, seed=5)
    assert everything[0] == {} and len({tuple(point.items()) for point in everything}) == 7
    assert {(point["lr"], point["dropout"]) for point in everything[1:]} == {
        (a, b) for a in (1, 2, 3) for b in (0.1, 0.2)
    }
    assert points("m", SEARCH, 4, seed=5) == everything[:4] and points("m", SEARCH, 7, seed=6) != everything
    assert points("m", {}, 1, seed=5) == [{}] and points("m", SEARCH, 0, seed=5) == []


def test_a_row_with_too_small_grids_for_the_common_budget_is_refused() -> None:
    with pytest.raises(InputError, match="8 trials.* want 7 points.*grids of m have 6"):
        points("m", SEARCH, 8, seed=5)


def test_the_row_as_it_is_is_not_tried_again() -> None:
    everything = points("m", SEARCH, 6, seed=5, as_it_is={"lr": 2, "dropout": 0.1})
    assert {"lr": 2, "dropout": 0.1} not in everything and len(everything) == 6
    with pytest.raises(InputError, match="grids of m have 5"):
        points("m", SEARCH, 7, seed=5, as_it_is={"lr": 2, "dropout": 0.1})


def test_the_best_by_validation_wins() -> None:
    tried = [{}, {"lr": 1}, {"lr": 2}, {"lr": 3}, {"lr": 4}]
    assert best(tried, [trial(0.2), trial(0.5), trial(0.5), FAILED, trial(math.nan)]) == {"lr": 1}
    assert best(tried, [trial(0.2, True), trial(0.5, True), FAILED, FAILED, trial(0.1, True)]) == {"lr": 4}
    assert best(tried, [FAILED] * 5) is None and best(tried, [trial(math.nan)] * 5) is None and best([], []) == {}


def test_test_scores_have_no_part_in_the_choice() -> None:
    tried = [{"lr": 1}, {"lr": 2}]
    flattered = {**trial(0.2), "metrics": {"x": 1.0}}
    assert best(tried, [flattered, trial(0.3)]) == {"lr": 2}


def test_values_are_written_as_mmf_reads_them() -> None:
    settings = {"a": 0.001, "b": "text,audio", "c": True, "d": None, "e": [{"type": "mlp"}], "f": "${x:1}"}
    assert as_options(settings) == ["a=0.001", "b=text,audio", "c=true", "d=null", 'e=[{"type": "mlp"}]', "f=${x:1}"]
