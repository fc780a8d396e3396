"""What annotate exports comes back."""

import json
from pathlib import Path

import pytest

from mmf_mixer.data.timeline import Timeline
from mmf_mixer.labels.readers.reading import label_of
from mmf_mixer.labels.readers.recording import Recording
from mmf_mixer.labels.readers.registry import KINDS, read
from tests.annotate.exports.make import CLEAN, HOUR, RATES, Rate, at_rate, clean, nasty, timeline, written
from tests.labels.make import Said, said

EXPORTS = {
    "elan": "eaf",
    "label_studio": "label_studio",
    "via": "via",
    "fiftyone": "fiftyone",
    "activitynet": "activitynet",
    "csv": "csv",
    "annotation": None,
}


def exported(annotated: Timeline, kind: str, folder: Path) -> list[Recording]:
    """Read from a folder that holds all exports of the annotation."""
    for name in filter(None, EXPORTS.values()):
        written(annotated, name, folder)
    (folder / "video.json").write_text(json.dumps(annotated.master()))
    return read(kind, folder)


def segments(recordings: list[Recording]) -> list[Said]:
    return sorted(one for recording in recordings for one in said(recording))


def test_all_kinds_but_folders_have_an_export() -> None:
    assert set(KINDS) == {*EXPORTS, "folders"}


@pytest.mark.parametrize("kind", EXPORTS)
def test_segments_come_back_from_their_export_among_all_others(kind: str, tmp_path: Path) -> None:
    found = exported(timeline(), kind, tmp_path)
    assert segments(found) == sorted((one.label, one.start, one.end) for one in timeline().kept)
    names = {"csv": {"video"}, "fiftyone": {"match"}, "activitynet": {"match"}, "elan": {"./match.mp4"}}
    assert {one.video for one in found} == names.get(kind, {"match.mp4"})


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.name)
@pytest.mark.parametrize("kind", EXPORTS)
def test_times_do_not_drift_in_an_hour_at_any_rate(kind: str, rate: Rate, tmp_path: Path) -> None:
    ((label, start, end),) = segments(exported(at_rate(rate), kind, tmp_path))
    frame = 1 / 23 if kind == "label_studio" else 0.0005
    assert label == "activity/attack"
    assert (start, end) == (pytest.approx(HOUR, abs=frame), pytest.approx(HOUR + 1, abs=frame))


@pytest.mark.parametrize("kind", EXPORTS)
def test_texts_that_mean_harm_come_back_on_one_line(kind: str, tmp_path: Path) -> None:
    ((label, *_),) = segments(exported(nasty(), kind, tmp_path))
    name = clean(CLEAN.replace("<", "\u2039")) if kind == "via" else clean()
    assert label == label_of(name)


def test_labels_that_a_source_lists_come_back_in_its_order(tmp_path: Path) -> None:
    for kind in ("via", "fiftyone", "annotation"):
        (found,) = exported(timeline(), kind, tmp_path)
        assert list(found.labels) == timeline().labels.names


def test_an_annotation_says_what_is_exclusive_checked_and_rejected(tmp_path: Path) -> None:
    (found,) = exported(timeline(), "annotation", tmp_path)
    assert (found.exclusive, found.duration) == ({"activity"}, 60.0)
    assert found.left_out == {"a segment that was rejected": 1}
    checked = {(one.label, one.start) for one in found.segments if one.checked}
    assert checked == {(one.label, one.start) for one in timeline().kept if one.checked}


@pytest.mark.parametrize("kind", ["label_studio", "csv"])
def test_predictions_are_not_checked_where_the_export_says_so(kind: str, tmp_path: Path) -> None:
    found = [one for recording in exported(timeline(), kind, tmp_path) for one in recording.segments]
    checked = {(one.label, one.start) for one in found if one.checked}
    people = {(one.label, one.start) for one in timeline().kept if one.status != "predicted"}
    assert checked == (people if kind == "csv" else set())
