from pathlib import Path

import pytest

from mmf_mixer.errors import InputError
from mmf_mixer.labels.readers.folders import folders
from tests.labels.make import said


def write(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_a_folder_is_a_label_of_all_below_it(tmp_path: Path) -> None:
    names = ("run/b.MP4", "run/a.mkv", "run/a.srt", "sit down/2024/c.wav", "run/notes.txt", "loose.mp4", ".cache/x.mp4")
    found = folders(write(tmp_path, *names))
    assert [(one.video, said(one), one.split) for one in found] == [
        ("run/a.mkv", [("run", None, None)], None),
        ("run/b.MP4", [("run", None, None)], None),
        ("sit down/2024/c.wav", [("sit down", None, None)], None),
    ]
    assert found[0].left_out == {"a file that ends in .txt": 1, "a file outside the folders of labels": 1}
    assert all(one.exclusive == {""} for one in found)


def test_folders_of_splits_hold_folders_of_labels(tmp_path: Path) -> None:
    found = folders(write(tmp_path, "train/run/a.mp4", "valid/run/b.mp4", "test/sit/c.mp4", "test/d.mp4"))
    assert [(one.video, one.split) for one in found] == [
        ("test/sit/c.mp4", "test"),
        ("train/run/a.mp4", "train"),
        ("valid/run/b.mp4", "val"),
    ]
    assert found[0].left_out == {"a file outside the folders of labels": 1}


def test_a_folder_without_media_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no media in folders of labels"):
        folders(write(tmp_path, "run/a.txt"))
    with pytest.raises(InputError, match="is no folder; name the one that holds"):
        folders(tmp_path / "run" / "a.txt")
