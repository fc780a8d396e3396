import json
from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.data.timeline import Timeline
from tests.annotate.exports.make import CLEAN, HOUR, RATES, Rate, at_rate, clean, nasty, timeline, written


def labels(annotated: Timeline, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written(annotated, "fiftyone", folder).read_text())
    return found


def test_each_segment_is_a_temporal_detection_in_seconds(tmp_path: Path) -> None:
    found = labels(timeline(), tmp_path)
    assert found["classes"] == timeline().labels.names
    detections = [(*one["timestamps"], one["label"], one["confidence"]) for one in found["labels"]["match"]]
    assert detections == [(one.start, one.end, one.label, one.score) for one in timeline().kept]


def test_attributes_are_no_fields_that_fiftyone_has_itself(tmp_path: Path) -> None:
    for one in labels(timeline(), tmp_path)["labels"]["match"]:
        assert set(one["attributes"]) == {"modalities", "shot", "status"}
        assert "support" not in one


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.name)
def test_times_are_seconds_of_the_file_at_any_rate(rate: Rate, tmp_path: Path) -> None:
    assert [one["timestamps"] for one in labels(at_rate(rate), tmp_path)["labels"]["match"]] == [[HOUR, HOUR + 1]]


def test_texts_come_back_from_the_json(tmp_path: Path) -> None:
    found = labels(nasty(), tmp_path)
    assert found["classes"] == [clean()]
    assert list(found["labels"]) == [CLEAN.partition("/")[2]]
    assert [one["label"] for one in found["labels"][CLEAN.partition("/")[2]]] == [clean()]
