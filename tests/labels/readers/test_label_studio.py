from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.errors import InputError
from mmf_mixer.labels.readers.label_studio import label_studio
from mmf_mixer.labels.readers.recording import Recording
from tests.labels.make import said, write_json


def timeline(first: int, last: int, *labels: str) -> dict[str, Any]:
    return {"type": "timelinelabels", "value": {"ranges": [{"start": first, "end": last}], "timelinelabels": [*labels]}}


def task(*regions: dict[str, Any], data: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    plain = {"video": "/data/upload/3/0a1b2c3d-my%20match.mp4", "fps": 25}
    return {"data": data or plain, "annotations": [{"result": list(regions)}], **more}


def read(folder: Path, *tasks: Any, **options: Fraction) -> list[Recording]:
    return label_studio(write_json(folder / "tasks.json", list(tasks)), **options)


def test_frames_count_from_one_with_the_last_one_included(tmp_path: Path) -> None:
    (found,) = read(tmp_path, task(timeline(1, 25, "run", "laugh"), timeline(51, 51, "sit")))
    assert said(found) == [("laugh", 0.0, 1.0), ("run", 0.0, 1.0), ("sit", 2.0, 2.04)]


def test_the_frame_rate_is_asked_for_where_the_task_has_none(tmp_path: Path) -> None:
    without = task(timeline(1, 30000, "run"), data={"video": "a.mp4"})
    with pytest.raises(InputError, match=r"task 1: does not say how many frames .* --frame-rate .*, 24 if it has none"):
        read(tmp_path, without)
    (found,) = read(tmp_path, without, frame_rate=Fraction(30000, 1001))
    assert said(found) == [("run", 0.0, 1001.0)]


def test_a_rate_that_the_task_rounds_is_the_true_one(tmp_path: Path) -> None:
    (found,) = read(tmp_path, task(timeline(1, 30000, "run"), data={"video": "a.mp4", "fps": 29.97002997002997}))
    assert said(found) == [("run", 0.0, 1001.0)]


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/data/upload/3/0a1b2c3d-my%20match.mp4", "my%20match.mp4"),
        ("/data/local-files/?d=films/my%20match.mp4", "films/my match.mp4"),
        ("https://host/films/my%20match.mp4?token=x.y", "/films/my match.mp4"),
        ("s3://bucket/films/match.mp4", "/films/match.mp4"),
    ],
)
def test_the_media_is_named_as_label_studio_keeps_it(address: str, path: str, tmp_path: Path) -> None:
    (found,) = read(tmp_path, task(data={"video": address, "title": "a.mp4"}))
    assert found.video == path


def test_sound_and_whole_files_have_labels_too(tmp_path: Path) -> None:
    sound = {"type": "labels", "value": {"start": 0.5, "end": 1.25, "labels": ["bell"]}}
    choice = {"type": "choices", "value": {"choices": ["indoors"]}}
    (found,) = read(tmp_path, task(sound, choice, data={"audio": "a.wav"}))
    assert (found.video, said(found)) == ("a.wav", [("indoors", None, None), ("bell", 0.5, 1.25)])


def test_one_annotation_of_a_task_counts_and_the_rest_is_counted(tmp_path: Path) -> None:
    annotations = [
        {"result": [timeline(1, 25, "first")], "ground_truth": False},
        {"result": [timeline(1, 25, "true")], "ground_truth": True},
        {"result": [timeline(1, 25, "last"), timeline(1, 25, "last")]},
        {"result": [timeline(1, 25, "cancelled")], "was_cancelled": True},
    ]
    predictions = [{"result": [timeline(1, 25, "guess")]}, 17]
    whole = task(annotations=annotations, predictions=predictions)
    (found,) = read(tmp_path, whole)
    assert said(found) == [("true", 0.0, 1.0)]
    assert found.left_out == {"a region of another annotation of the task": 3, "a prediction beside an annotation": 1}
    (found,) = read(tmp_path, task(annotations=[annotations[0], annotations[2]]))
    assert {label for label, *_ in said(found)} == {"last"}


def test_predictions_without_an_annotation_are_not_checked(tmp_path: Path) -> None:
    (found,) = read(tmp_path, task(annotations=[], predictions=[{"result": [timeline(1, 25, "guess")]}]))
    assert [(one.label, one.checked) for one in found.segments] == [("guess", False)]


def test_boxes_and_regions_without_a_label_are_counted(tmp_path: Path) -> None:
    box = {"type": "videorectangle", "value": {"sequence": [], "labels": ["man"]}}
    (found,) = read(tmp_path, task(box, timeline(1, 2)))
    assert +found.left_out == {"a region of the kind videorectangle": 1, "a region without a label": 1}


@pytest.mark.parametrize(
    ("tasks", "sentence"),
    [
        ({"data": {}}, "it is no list of tasks with their data; choose JSON, not JSON-MIN"),
        ([{"video": "a.mp4", "videoLabels": []}], "choose JSON, not JSON-MIN"),
        ([task(data={"video": "a.mp4", "audio": "b.wav"})], "task 1 names 2 media files"),
        ([task(timeline("1", 2, "run"))], r"\['1', 2\] are no numbers of frames"),  # type: ignore[arg-type]
        ([task({"type": "timelinelabels"})], "'value' is missing"),
        ([task({"type": "labels", "value": {"start": "x", "end": 1, "labels": ["a"]}})], "'x' is no time"),
        ([task(timeline(1, 2, 7))], "label 7 is no text"),  # type: ignore[arg-type]
        ([task(timeline(1, 2, "a"), data={"video": "a.mp4", "fps": 0})], "0 is no number of frames a second"),
    ],
)
def test_what_is_no_export_of_label_studio_is_one_sentence(tasks: Any, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"tasks\.json: .*{sentence}"):
        label_studio(write_json(tmp_path / "tasks.json", tasks))
