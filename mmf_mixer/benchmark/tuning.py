"""Tuning, with the same number of trainings for every row, judged on the validation split alone.

A random search (Bergstra and Bengio 2012, https://jmlr.org/papers/v13/bergstra12a.html) among the values of a row's
grids, which beats a full grid of as many trainings. The first trial changes nothing.
"""

import json
import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

from mmf_mixer.errors import InputError

Point = dict[str, Any]  # options and their values


def points(
    name: str, search: Mapping[str, list[Any]], trials: int, seed: int, as_it_is: Mapping[str, Any] | None = None
) -> list[Point]:
    """What the trials of the row `name` set: nothing, then different points of its grids by lot.

    More trials begin with the same ones. `as_it_is` has the values that the row's config gives these options: trying
    them would be the first trial again.

    Raises:
        InputError: the grids have too few points.
    """
    count = math.prod(map(len, search.values())) if search else 0
    drawn = [_point(search, number) for number in random.Random(seed).sample(range(count), count)]
    others = [point for point in drawn if point != as_it_is]
    if trials - 1 > len(others):
        raise InputError(
            f"benchmark: {trials} trials, the first as it is, want {trials - 1} points to search, but the grids of "
            f"{name} have {len(others)}; add values to its search, or ask for fewer trials."
        )
    return [Point(), *others][:trials]


def _point(search: Mapping[str, list[Any]], number: int) -> Point:
    """The grids' point of that number, the last option varying fastest."""
    point = {}
    for option, values in reversed([*search.items()]):
        number, place = divmod(number, len(values))
        point[option] = values[place]
    return dict(reversed([*point.items()]))


def best(tried: Sequence[Point], outcomes: Sequence[Mapping[str, Any]]) -> Point | None:
    """The point whose trial was best on the validation split, the first of several; None if every trial failed.

    Args:
        tried: from `points`.
        outcomes: what the trials gave; one that failed has no `criterion`, which is the best value of the config's
            `early_stop.criteria` while training. Without trials nothing is set.
    """
    judged = [
        (outcome["criterion"]["value"] * (-1 if outcome["criterion"]["minimize"] else 1), point)
        for point, outcome in zip(tried, outcomes, strict=True)
        if "criterion" in outcome and math.isfinite(outcome["criterion"]["value"])
    ]
    if tried and not judged:
        return None
    return max(judged, key=lambda each: each[0], default=(0.0, Point()))[1]


def as_options(settings: Mapping[str, Any]) -> list[str]:
    """Settings as options of MMF's command line; lists and mappings as YAML reads them."""
    return [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in settings.items()]
