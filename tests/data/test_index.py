"""What the index of a folder says is what reading the folder says, or it is not asked."""

import json
import os
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmf_mixer.data import folder, index
from mmf_mixer.data.folder import DatasetFolder, read_anew, read_folder
from mmf_mixer.data.index import MappedColumns, index_path
from mmf_mixer.data.writing import read_built
from mmf_mixer.errors import InputError
from tests.data.make import line, write_folder

TRAIN = [line("a", start=0.25, labels=["event/rain", "activity/run"]), line("b"), line("c", captions=None)]


@pytest.fixture(autouse=True)
def every_folder_is_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(folder, "LARGE", 1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "set", train=TRAIN)


def is_mapped(opened: DatasetFolder) -> bool:
    return all(isinstance(clips.columns, MappedColumns) for clips in opened.splits.values())


def read_once(root: Path) -> Path:
    """Read a folder and see that the second time its index is asked; returns where that is."""
    whole = read_folder(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder, "read_anew", lambda *_: pytest.fail("the lines are read again"))
        again = read_folder(root)
    assert is_mapped(again) and is_mapped(whole) and again == whole == read_anew(root)
    return index_path(os.path.realpath(root))


def test_the_second_time_no_line_is_read(root: Path) -> None:
    read_once(root)

    assert [clip.labels for clip in read_folder(root).splits["train"]][0] == ("event/rain", "activity/run")
    assert read_folder(root).splits["train"].label_counts().tolist() == [2, 1, 0, 1, 0]


def test_a_small_folder_has_none_and_neither_has_one_that_is_being_made(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_built(root, root)
    monkeypatch.setattr(folder, "LARGE", 6)
    assert not is_mapped(read_folder(root)) and not index_path(os.path.realpath(root)).exists()
    monkeypatch.setattr(folder, "LARGE", 5)
    read_once(root)


def test_a_line_that_has_changed_is_read_though_neither_size_nor_time_tell(root: Path) -> None:
    read_once(root)
    path = root / "train.jsonl"
    before = path.stat()
    with path.open("r+") as file:
        text = file.read().replace('"b"', '"B"')
        file.seek(0)
        file.write(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size

    assert [clip.id for clip in read_folder(root).splits["train"]] == ["a", "B", "c"]
    read_once(root)


def test_labels_that_have_changed_are_read(root: Path) -> None:
    read_once(root)
    path = root / "labels.yaml"
    path.write_text(path.read_text().replace("laugh, run", "run, laugh"))

    opened = read_folder(root)

    assert opened.labels.names[:2] == ["activity/run", "activity/laugh"]
    assert opened.splits["train"].label_counts().tolist() == [1, 2, 0, 1, 0] and opened == read_anew(root)


def test_labels_and_splits_of_two_moments_are_no_key(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_once(root)
    path = root / "labels.yaml"
    now = path.read_text()
    path.write_text(now.replace("laugh, run", "run, laugh"))
    early = folder.read_labels(root)
    path.write_text(now)

    monkeypatch.setattr(folder, "read_labels", lambda root: early)
    assert read_folder(root).splits["train"].label_counts().tolist() == [1, 2, 0, 1, 0]


def test_media_that_have_gone_are_named_as_at_the_first_time(root: Path) -> None:
    read_once(root)
    (root / "clips" / "a.srt").unlink()

    with pytest.raises(InputError) as caught:
        read_folder(root)

    with pytest.raises(InputError) as expected:
        read_anew(root)
    assert str(caught.value) == str(expected.value)
    assert "line 1: field 'captions': there is no file clips/a.srt" in str(caught.value)


def test_what_a_link_leads_to_is_watched_too(root: Path) -> None:
    (root / "elsewhere").mkdir()
    shutil.move(root / "clips" / "a.srt", root / "elsewhere" / "a.srt")
    (root / "clips" / "a.srt").symlink_to("../elsewhere/a.srt")
    read_once(root)
    (root / "elsewhere" / "a.srt").unlink()

    with pytest.raises(InputError, match="there is no file clips/a.srt"):
        read_folder(root)


def test_a_folder_that_leads_away_now_is_refused(root: Path, tmp_path: Path) -> None:
    read_once(root)
    shutil.move(root / "clips", tmp_path / "clips")
    (root / "clips").symlink_to(tmp_path / "clips")

    with pytest.raises(InputError, match="leaves the dataset folder"):
        read_folder(root)


def test_media_that_have_come_change_nothing(root: Path) -> None:
    whole = read_folder(root)
    (root / "clips" / "more.srt").touch()

    assert read_folder(root) == whole
    read_once(root)


@pytest.mark.parametrize("place", [0, 31, 70, 0.3, 0.6, 0.9, -1])
def test_an_index_with_a_wrong_byte_is_made_anew(root: Path, place: float) -> None:
    path = read_once(root)
    whole = bytearray(path.read_bytes())
    at = place if isinstance(place, int) else int(place * len(whole))
    whole[at] ^= 1
    path.write_bytes(whole)

    assert read_folder(root) == read_anew(root) and path.read_bytes() != whole
    read_once(root)


@pytest.mark.parametrize("damage", ["empty", "half", "longer", "other"])
def test_what_is_no_whole_index_is_made_anew(root: Path, damage: str) -> None:
    path = read_once(root)
    whole = path.read_bytes()
    path.write_bytes(
        {"empty": b"", "half": whole[: len(whole) // 2], "longer": whole + b"0", "other": b"x" * 999}[damage]
    )

    assert read_folder(root) == read_anew(root)
    read_once(root)


def test_the_index_of_another_folder_is_not_taken(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "other")
    path, other = read_once(root), read_once(tmp_path / "other")
    shutil.copyfile(other, path)

    assert read_folder(root).splits["train"][0].video == root / "clips" / "a.mp4"


def test_the_index_of_another_reader_is_not_taken(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = shutil.copytree(Path(index.__file__).parent, tmp_path / "code")
    monkeypatch.setattr(index, "__file__", str(code / "index.py"))
    before = read_once(root).read_bytes()
    with (code / "lines.py").open("a") as file:
        file.write("# stricter\n")

    read_folder(root)

    assert index_path(os.path.realpath(root)).read_bytes() != before


def test_without_a_cache_the_folder_is_read(root: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")

    assert read_folder(root) == read_anew(root) and not is_mapped(read_folder(root))


def test_what_changes_while_it_is_read_is_not_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*args: Any) -> DatasetFolder:
        found = read_anew(*args)
        (root / "train.jsonl").write_text(json.dumps(line("later")))
        return found

    monkeypatch.setattr(folder, "read_anew", read)
    assert [clip.id for clip in read_folder(root).splits["train"]] == ["a", "b", "c"]
    monkeypatch.undo()
    assert not index_path(os.path.realpath(root)).exists()
    assert [clip.id for clip in read_folder(root).splits["train"]] == ["later"]


def test_a_file_that_goes_while_the_folder_is_read_is_missed_the_next_time(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*args: Any) -> DatasetFolder:
        found = read_anew(*args)
        (root / "clips" / "a.srt").unlink()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(folder, "read_anew", read)
        read_folder(root)
    with pytest.raises(InputError, match="there is no file clips/a.srt"):
        read_folder(root)


def test_clips_without_labels_and_media_have_an_index(tmp_path: Path) -> None:
    bare = {"id": "x", "features": True, "labels": []}
    root = write_folder(tmp_path / "set", train=[bare], val=[bare | {"id": "y"}], test=[bare | {"id": "z"}])
    (root / "labels.yaml").write_text("groups: {event: {exclusive: false, labels: [goal]}}")

    read_once(root)


def read_and_count(root: Path) -> list[list[int]]:
    return [clips.label_counts().tolist() for clips in read_folder(root).splits.values()]


def test_processes_that_make_it_at_once_do_not_disturb_each_other(root: Path) -> None:
    with ProcessPoolExecutor(4, get_context("fork")) as pool:
        found = list(pool.map(read_and_count, [root] * 8))

    assert found == [read_and_count(root)] * 8
    path = read_once(root)
    assert [*path.parent.iterdir()] == [path]


def test_another_process_is_told_where_the_arrays_are_not_sent_them(root: Path) -> None:
    (root / "train.jsonl").write_text("".join(json.dumps(line(f"clip{n}", end=n + 1.0)) + "\n" for n in range(500)))
    read_once(root)
    clips = read_folder(root).splits["train"].at([400, 3])
    sent = pickle.dumps(clips)

    assert len(sent) < clips.columns.lines.nbytes / 5
    assert pickle.loads(sent) == clips == [read_anew(root).splits["train"][place] for place in (400, 3)]
    (root / "train.jsonl").write_text(json.dumps(line("other")))
    read_folder(root)
    with pytest.raises(InputError, match="the dataset folder has changed since this run began; start it again"):
        pickle.loads(sent)
    assert clips[0].id == "clip400"  # what is mapped stays


def test_arrays_lie_where_processors_read_them_at_once(root: Path) -> None:
    read_once(root)
    columns = read_folder(root).splits["train"].columns

    assert all(values.flags.aligned and not values.flags.writeable for values in columns)
    assert {values.dtype for values in columns} == {np.dtype(kind) for kind in ("uint8", "int32", "int64")}
