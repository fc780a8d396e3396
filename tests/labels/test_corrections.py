"""Corrections of labels make a new dataset folder of another one."""

import json
from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.data.folder import read_folder
from mmf_mixer.errors import InputError
from mmf_mixer.labels.audit.corrections import corrected_folder, head
from mmf_mixer.labels.audit.tracks import without
from mmf_mixer.protocols import Json
from tests.labels.make import lines_of, write_json

LABELS = (
    "groups:  # of people\n  act: {exclusive: true, labels: [run, walk]}\n  event: {exclusive: false, labels: [goal]}\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of three clips for training, one each for validation and testing."""
    folder = tmp_path / "data"
    (folder / "clips").mkdir(parents=True)
    (folder / "labels.yaml").write_text(LABELS)
    for split, ids in (("train", "abc"), ("val", "d"), ("test", "e")):
        for id in ids:
            (folder / f"clips/{id}.mp4").write_bytes(id.encode())
        lines = [json.dumps({"id": id, "video": f"clips/{id}.mp4", "labels": ["act/run"]}) for id in ids]
        (folder / f"{split}.jsonl").write_text("\n\n".join(lines))
    return folder


def corrections(root: Path, *clips: tuple[str, list[str], list[str] | None], **other: Any) -> Path:
    listed = [{"id": id, "labels": labels, "corrected": corrected} for id, labels, corrected in clips]
    return write_json(root.parent / "corrections.json", head("train") | {"clips": listed} | other)


def taken(root: Path, id: str, *fields: str) -> Path:
    """A file of corrections that takes media out of a line."""
    clips = [{"id": id, "labels": ["act/run"], "corrected": ["act/run"], "without": fields}]
    return corrections(root, clips=clips)


def test_corrected_lines_change_and_all_else_stays(root: Path, tmp_path: Path) -> None:
    made = corrections(root, ("b", ["act/run"], ["act/walk", "event/goal"]), ("c", ["act/run"], None))
    out = tmp_path / "out"
    found = corrected_folder(root, made, out)
    assert found.left == [] and found.changes == [
        '-{"id": "b", "video": "clips/b.mp4", "labels": ["act/run"]}',
        '+{"id": "b", "video": "clips/b.mp4", "labels": ["act/walk", "event/goal"]}',
        '-{"id": "c", "video": "clips/c.mp4", "labels": ["act/run"]}',
    ]
    assert {line["id"]: line["labels"] for line in lines_of(out)} == {
        "a": ["act/run"],
        "b": ["act/walk", "event/goal"],
        "d": ["act/run"],
        "e": ["act/run"],
    }
    assert (out / "labels.yaml").read_text() == LABELS
    assert (out / "train.before.jsonl").read_bytes() == (root / "train.jsonl").read_bytes()
    assert (out / "clips/b.mp4").samefile(root / "clips/b.mp4")
    assert read_folder(out).splits["train"][1].labels == ("act/walk", "event/goal")


@pytest.mark.parametrize(
    ("clip", "reason"),
    [
        (("z", ["act/run"], ["act/walk"]), "clip 'z' is not in .*train.jsonl with these labels"),
        (("b", ["act/walk"], ["act/run"]), "clip 'b' is not in .*train.jsonl with these labels"),
        (("d", ["act/run"], ["act/walk"]), "clip 'd' is not in .*train.jsonl with these labels"),
        (
            ("b", ["act/run"], ["act/run", "act/walk"]),
            r"out/train.jsonl line 2: .* 2 labels of the exclusive group 'act'",
        ),
        (("b", ["act/run"], ["event/goal"]), r"out/train.jsonl line 2: .* 0 labels of the exclusive group 'act'"),
        (("b", ["act/run"], ["act/fly"]), r"'act/fly' is not in labels.yaml"),
    ],
)
def test_corrections_of_another_folder_or_that_training_refuses_make_no_folder(
    root: Path, tmp_path: Path, clip: tuple[str, list[str], list[str] | None], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        corrected_folder(root, corrections(root, clip), tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corrections.json", "data"]


@pytest.mark.parametrize(
    "other",
    [
        *({"format": "x"}, {"version": 3}, {"split": "../train"}, {"clips": [{"id": "a"}]}, {"clips": 1}),
        {"clips": [{"id": "b", "labels": ["act/run"], "corrected": ["act/run"], "without": ["labels"]}]},
    ],
)
def test_a_file_that_no_page_saved_is_refused(root: Path, tmp_path: Path, other: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="holds no corrections as the page of an audit saves them"):
        corrected_folder(root, corrections(root, **other), tmp_path / "out")


@pytest.mark.parametrize(
    ("line", "fields", "made"),
    [
        ({"video": "v", "captions": "c"}, ["captions"], {"video": "v", "captions": None}),
        ({"video": "v", "captions_track": 1}, ["captions"], {"video": "v", "captions": None}),
        ({"video": "v"}, ["audio"], {"video": "v", "audio": False}),
        ({"video": "v", "audio": "a", "audio_track": "de"}, ["audio"], {"video": "v", "audio": False}),
        ({"audio": "a", "captions": "c"}, ["audio"], {"audio": None, "captions": "c"}),
        (
            {"video": "v", "video_track": 1, "audio_track": 2},
            ["video"],
            {"video": None, "audio": "v", "audio_track": 2},
        ),
        ({"video": "v", "audio": "a", "captions": "c"}, ["video"], {"video": None, "audio": "a", "captions": "c"}),
        ({"video": "v", "audio": False, "captions": "c"}, ["video"], {"video": None, "audio": None, "captions": "c"}),
        ({"video": "v", "captions": "c"}, ["video", "audio"], {"video": None, "audio": None, "captions": "c"}),
    ],
)
def test_a_line_loses_one_track_and_keeps_what_else_is_in_the_file(line: Json, fields: list[str], made: Json) -> None:
    assert without({"id": "x", **line}, fields) == {"id": "x", **made}


def test_a_track_that_is_taken_out_is_absent_and_the_line_stays(root: Path, tmp_path: Path) -> None:
    found = corrected_folder(root, taken(root, "b", "audio"), tmp_path / "out")
    assert found.changes[1] == '+{"id": "b", "video": "clips/b.mp4", "labels": ["act/run"], "audio": false}'
    one, two, three = read_folder(tmp_path / "out").splits["train"]
    assert two.audio is None and two.video is not None and one.audio and three.audio
    (tmp_path / "corrections.json").unlink()
    again = corrected_folder(tmp_path / "out", taken(root, "a", "video"), tmp_path / "third")
    first = read_folder(tmp_path / "third").splits["train"][0]
    assert first.video is None and first.audio == tmp_path / "third/clips/a.mp4" and len(again.changes) == 2


def test_what_no_line_can_say_makes_no_folder(root: Path, tmp_path: Path) -> None:
    lines = [{"id": id, "video": f"clips/{id}.mp4", "captions_track": 0, "labels": ["act/run"]} for id in "abc"]
    (root / "train.jsonl").write_text("\n".join(map(json.dumps, lines)))
    with pytest.raises(InputError, match="'b': its captions are inside the video, .* leave out the whole line"):
        corrected_folder(root, taken(root, "b", "video"), tmp_path / "out")
    with pytest.raises(InputError, match=r"out/train.jsonl line 2: the clip has no video, audio or captions"):
        corrected_folder(root, taken(root, "b", "video", "audio", "captions"), tmp_path / "out")


def test_what_stands_beside_the_lines_comes_along_or_is_named(root: Path, tmp_path: Path) -> None:
    evidence = [json.dumps({"id": id, "modalities": ["sound"]}) for id in "abcde"]
    (root / "evidence.jsonl").write_text("\n".join([*evidence, "{damaged", ""]))
    for name in ("import.json", "val.before.jsonl", "train.before.jsonl", "recipe.json"):
        (root / name).write_text(name)
    made = corrections(root, ("b", ["act/run"], ["act/walk"]), ("c", ["act/run"], None))
    found = corrected_folder(root, made, tmp_path / "out")
    assert found.evidence == 2 and found.left == ["recipe.json"]
    assert (tmp_path / "out/evidence.jsonl").read_text().splitlines() == [evidence[0], *evidence[3:], "{damaged"]
    assert (tmp_path / "out/import.json").read_text() == "import.json"
    assert (tmp_path / "out/val.before.jsonl").read_text() == "val.before.jsonl"
    assert (tmp_path / "out/train.before.jsonl").read_bytes() == (root / "train.jsonl").read_bytes()


def test_corrections_of_before_tracks_could_be_taken_out_are_read(root: Path, tmp_path: Path) -> None:
    made = corrections(root, ("b", ["act/run"], ["act/walk"]), version=1)
    assert len(corrected_folder(root, made, tmp_path / "out").changes) == 2


def test_media_never_leave_the_new_folder(root: Path, tmp_path: Path) -> None:
    line = {"id": "d", "video": "../data/clips/d.mp4", "labels": ["act/run"]}
    (root / "val.jsonl").write_text(json.dumps(line))
    with pytest.raises(InputError, match="leaves the dataset folder"):
        corrected_folder(root, corrections(root), tmp_path / "out")
    assert (root / "clips/d.mp4").read_bytes() == b"d"


def test_a_folder_of_features_is_refused(root: Path, tmp_path: Path) -> None:
    (root / "val.jsonl").write_text(json.dumps({"id": "d", "features": True, "labels": ["act/run"]}))
    with pytest.raises(InputError, match="has features in place of media"):
        corrected_folder(root, corrections(root), tmp_path / "out")
