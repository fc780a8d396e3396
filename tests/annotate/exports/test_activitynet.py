import json
from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.data.timeline import Timeline
from tests.annotate.exports.make import CLEAN, HOUR, RATES, Rate, at_rate, clean, nasty, timeline, written


def read(annotated: Timeline, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written(annotated, "activitynet", folder).read_text())
    return found


def test_segments_are_predictions_with_scores(tmp_path: Path) -> None:
    found = read(timeline(), tmp_path)
    assert {"version", "results", "external_data"} <= set(found)
    predictions = [(*one["segment"], one["label"], one["score"]) for one in found["results"]["match"]]
    assert predictions == [(one.start, one.end, one.label, one.score) for one in timeline().kept]


def test_segments_are_ground_truth_as_well(tmp_path: Path) -> None:
    video = read(timeline(), tmp_path)["database"]["match"]
    assert (video["duration"], video["subset"]) == (60.0, "validation")
    annotations = [(*one["segment"], one["label"]) for one in video["annotations"]]
    assert annotations == [(one.start, one.end, one.label) for one in timeline().kept]


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.name)
def test_times_are_seconds_of_the_file_at_any_rate(rate: Rate, tmp_path: Path) -> None:
    assert [one["segment"] for one in read(at_rate(rate), tmp_path)["results"]["match"]] == [[HOUR, HOUR + 1]]


def test_texts_come_back_from_the_json(tmp_path: Path) -> None:
    found = read(nasty(), tmp_path)
    assert [one["label"] for one in found["results"][CLEAN.partition("/")[2]]] == [clean()]
