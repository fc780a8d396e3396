"""Corrections of labels make a new dataset folder of another one."""

import json
from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.data.folder import read_folder
from mmf_mixer.errors import InputError
from mmf_mixer.labels.audit.corrections import corrected_folder, head
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


def test_corrected_lines_change_and_all_else_stays(root: Path, tmp_path: Path) -> None:
    made = corrections(root, ("b", ["act/run"], ["act/walk", "event/goal"]), ("c", ["act/run"], None))
    out = tmp_path / "out"
    changes = corrected_folder(root, made, out)
    assert changes == [
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
    "other", [{"format": "x"}, {"version": 2}, {"split": "../train"}, {"clips": [{"id": "a"}]}, {"clips": 1}]
)
def test_a_file_that_no_page_saved_is_refused(root: Path, tmp_path: Path, other: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="holds no corrections as the page of an audit saves them"):
        corrected_folder(root, corrections(root, **other), tmp_path / "out")


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
