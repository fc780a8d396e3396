"""Columns give back exactly what they were made of."""

import math
from base64 import b64decode
from typing import Any

import numpy as np
import pytest

from mmf_mixer.errors import InputError
from mmf_mixer.report.annotation.columns import column, window_columns


def decoded(packed: dict[str, Any]) -> list[float]:
    numbers = np.frombuffer(b64decode(packed["data"]), np.dtype(packed["type"]).newbyteorder("<"))
    return (numbers / packed["scale"]).tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0.0, 0.1234, 0.9999, 1.0], "uint16"),
        ([0.0, 10800.04], "uint32"),
        ([0.123456, 0.5], "uint32"),
        ([1 / 3, 0.5], "float64"),
        ([-0.25, 0.5], "float64"),
        ([-0.0], "float64"),
        ([6.5535], "uint32"),  # the largest of 16 bits is a gap
        ([65535.0], "uint32"),
        ([], "uint16"),
    ],
)
def test_numbers_come_back_exactly_in_the_smallest_type(values: list[float], kind: str) -> None:
    packed = column(values)
    assert packed["type"] == kind
    assert [math.copysign(1, one) for one in decoded(packed)] == [math.copysign(1, one) for one in values]
    assert decoded(packed) == values


def test_gaps_have_the_largest_number_or_none() -> None:
    assert decoded(column([0.5, None])) == [0.5, 65535 / 10**4]
    assert math.isnan(decoded(column([1 / 3, None]))[1])


def test_windows_that_differ_in_their_labels() -> None:
    one = {"label": "a/x", "score": 0.5, "modalities": {"text": 0.25}}
    other = {"label": "a/y", "score": 0.75, "modalities": {"text": 0.5, "audio": 0.5}}
    packed = window_columns([{"start": 0, "end": 3, "labels": [one]}, {"start": 1, "end": 4, "labels": [other, one]}])
    assert packed["names"] == ["a/x", "a/y"] and decoded(packed["entries"]) == [1, 2]
    assert decoded(packed["score"]) == [0.5, 0.75, 0.5]
    assert decoded(packed["modalities"]["audio"]) == [6.5535, 0.5, 6.5535]


def test_a_field_that_would_be_lost_is_refused() -> None:
    with pytest.raises(InputError, match="'rank' is missing or unknown; it has label, modalities, score"):
        window_columns(
            [{"start": 0, "end": 3, "labels": [{"label": "a/x", "score": 0.5, "modalities": {}, "rank": 1}]}]
        )
    with pytest.raises(InputError, match="'end' is missing or unknown"):
        window_columns([{"start": 0, "labels": []}])
