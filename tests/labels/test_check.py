"""What a training would refuse, told all at once; labels, modalities and captions."""

import json
from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.data.folder import read_folder
from mmf_mixer.errors import InputError
from mmf_mixer.labels.check.captions import normalised
from mmf_mixer.labels.check.finding import Pair
from tests.data.make import line
from tests.labels.checked import checked, fine_lines, found, only, write_captions, write_fine_folder, write_lines


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_fine_folder(tmp_path / "set")


def change(root: Path, **changes: dict[str, Any]) -> None:
    """Write the lines of the fine folder anew, those named by id changed ("train_1" is train-1)."""
    by_id = {name.replace("_", "-"): fields for name, fields in changes.items()}
    write_lines(root, [entry | by_id.get(id, {}) for id, entry in fine_lines().items()])


def test_nothing_is_wrong_with_a_fine_folder(root: Path) -> None:
    report = checked(root, decode=True)

    assert report.findings == [] and report.exit_code == 0
    assert report.clips == {"train": 2, "val": 2, "test": 2}
    assert report.modalities["val"] == {"text": 2, "audio": 2, "video": 2}
    assert report.labels["event/rain"] == {"train": 1, "val": 1, "test": 1}
    assert report.together[:2] == [
        Pair("activity/laugh", "event/fall", 3),
        Pair("activity/laugh", "event/goal", 3),
    ]


def test_everything_that_a_training_refuses_is_told_at_once(root: Path) -> None:
    lines = fine_lines()
    lines["train-1"] |= {"video": "clips/none.mp4", "end": -1, "labels": ["activity/laff", "event/gaol"], "size": 3}
    lines["val-2"]["id"] = "val-1"
    write_lines(root, list(lines.values()))
    with (root / "test.jsonl").open("a") as file:
        file.write('\n{"id": \n')

    report = checked(root)

    refused = [(each.kind, each.split, each.line) for each in report.findings if each.severity == "refused"]
    assert refused == [
        ("line", "train", 1),
        ("video", "train", 1),
        ("end", "train", 1),
        ("labels", "train", 1),
        ("labels", "train", 1),
        ("id", "val", 2),
        ("line", "test", 4),
    ]
    assert only(report, "video").sentence == "field 'video': there is no file clips/none.mp4"
    assert only(report, "video").remedy == "add it, or write null for an absent modality"
    assert only(report, "video").place == "train.jsonl line 1" and only(report, "video").clip == "train-1"
    assert only(report, "id").sentence == "id 'val-1' is already on line 1"
    assert report.clips == {"train": 1, "val": 1, "test": 2} and report.exit_code == 2


def test_the_first_refusal_is_the_sentence_that_a_training_stops_with(root: Path) -> None:
    change(root, train_2={"start": "x", "labels": []})

    with pytest.raises(InputError) as caught:
        read_folder(root)

    first = checked(root).findings[0]
    assert str(caught.value) == f"{root}/{first.place}: {first.sentence}; {first.remedy}."


def test_an_id_in_two_splits_a_missing_split_and_wrong_labels_are_refused(root: Path) -> None:
    (root / "val.jsonl").write_text(json.dumps(fine_lines()["train-2"]) + "\n")
    (root / "test.jsonl").unlink()
    (root / "labels.yaml").write_text("groups: {a: {exclusive: 1, labels: [x]}, b: {labels: [x]}}")

    report = checked(root)

    assert [(each.sentence, each.remedy) for each in report.of("labels.yaml")] == [
        ("labels.yaml: group 'a': `exclusive` is 1", "write true or false"),
        ("labels.yaml: group 'b': write exactly the keys `exclusive` and `labels`, and perhaps `from`", ""),
    ]
    assert found(report, "id") == [("val", 1, "train-2")]
    assert only(report, "split").split == "test" and "cannot be read" in only(report, "split").sentence
    assert report.of("labels") == []  # there is nothing to hold them against


def test_there_must_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such folder"):
        checked(tmp_path / "none")


def test_labels_without_clips_in_a_split_are_told(root: Path) -> None:
    change(root, val_2={"labels": ["activity/laugh"]})

    report = checked(root)

    assert [(each.split, each.sentence) for each in report.of("label without clips")] == [
        ("val", "no clip has the label 'activity/run'"),
        ("val", "no clip has the label 'event/rain'"),
    ]
    assert report.exit_code == 1


def test_a_group_of_one_class_and_a_label_of_all_clips_are_told(root: Path) -> None:
    change(root, train_2={"labels": ["activity/laugh", "event/goal"]})

    report = checked(root)

    assert only(report, "group of one class").sentence == (
        "all clips have the label 'laugh' of the exclusive group 'activity'"
    )
    assert only(report, "label of all clips").sentence == "all clips have the label 'event/goal'"


def test_labels_that_are_never_apart_are_told(root: Path) -> None:
    both = {"labels": ["activity/run", "event/goal", "event/rain"]}
    change(root, train_1=both, train_2=both, val_1=both, val_2=both, test_1=both, test_2={"labels": ["activity/laugh"]})

    sentences = [each.sentence for each in checked(root).of("inseparable labels")]

    assert "the labels 'event/goal' and 'event/rain' are in the same 5 clips" in sentences


def test_a_modality_that_a_split_lacks_is_told(root: Path) -> None:
    change(root, test_1={"captions": None}, test_2={"captions": None})

    report = checked(root)

    assert report.modalities["test"] == {"text": 0, "audio": 2, "video": 2}
    finding = only(report, "modality in some splits only")
    assert (finding.split, finding.sentence) == ("test", "no clip has text, which clips of train and val have")


def test_captions_that_cannot_be_read_are_refused(root: Path) -> None:
    (root / "clips" / "val-1.srt").write_bytes(b"\xff\xfe\xff")

    report = checked(root)

    assert found(report, "captions that cannot be read") == [("val", 1, "val-1")]
    assert report.exit_code == 2


def test_constant_captions_are_told_once_and_not_as_leaks(root: Path) -> None:
    for id in ("train-1", "train-2", "val-1", "test-1"):
        write_captions(root / "clips" / f"{id}.srt", "[Music]")

    report = checked(root)

    assert only(report, "constant captions").sentence == "4 of 6 captioned clips say only 'music'"
    assert report.of("captions in two splits") == []


def test_words_are_normalised() -> None:
    assert normalised("  The DOG, it\u2019s\nﬁne\u2026 ") == normalised("the dog it's fine!") == "the dog it s fine"


def test_a_report_is_plain_data(root: Path) -> None:
    write_lines(root, [*fine_lines().values(), line("test-3", video="x.mp4")])

    written = json.loads(json.dumps(checked(root).written()))

    assert written["findings"] == [
        {
            "kind": "video",
            "severity": "refused",
            "split": "test",
            "line": 3,
            "clip": "test-3",
            "sentence": "field 'video': there is no file x.mp4",
            "remedy": "add it, or write null for an absent modality",
        },
        {
            "kind": "captions",
            "severity": "refused",
            "split": "test",
            "line": 3,
            "clip": "test-3",
            "sentence": "field 'captions': there is no file clips/a.srt",
            "remedy": "add it, or write null for an absent modality",
        },
    ]
    assert written["together"][0] == {"first": "activity/laugh", "second": "event/fall", "clips": 3}
    assert written["exit_code"] == 2 and written["decoded"] is False
