"""Files appear whole or not at all."""

import errno
import os
import stat
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from mmf_mixer import files
from mmf_mixer.errors import InputError
from mmf_mixer.files import link, new_folder, replacing, write_json, write_text


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_text(path, "before")
    with pytest.raises(KeyboardInterrupt), replacing(path) as scratch:
        scratch.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
    write_text(path, "after")
    assert path.read_text() == "after" and list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o644


def test_the_content_is_on_the_disk_before_it_has_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    stock_sync, stock_replace = files.sync, os.replace
    monkeypatch.setattr(files, "sync", lambda path: (calls.append(f"sync {Path(path).suffix}"), stock_sync(path)))
    monkeypatch.setattr(os, "replace", lambda *names: (calls.append("rename"), stock_replace(*names)))
    write_json(tmp_path / "file.json", {"a": 1})
    assert calls == ["sync .tmp", "rename", "sync "]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_text(path, "before")
    with pytest.raises(InputError, match="file: cannot be written, for the disk is full .*whole"), replacing(path):
        Path("/dev/full").write_bytes(bytes(9000))  # a device that is always full
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]


def test_other_errors_are_handed_on(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_text(tmp_path / "nowhere" / "file", "")


def test_a_second_name_costs_no_room(tmp_path: Path) -> None:
    write_text(tmp_path / "first", "content")
    write_text(tmp_path / "second", "something else")
    link(tmp_path / "first", tmp_path / "second")
    assert (tmp_path / "first").samefile(tmp_path / "second")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "second"]


def test_a_disk_without_links_gets_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    write_text(tmp_path / "first", "content")
    monkeypatch.setattr(os, "link", no_links)
    link(tmp_path / "first", tmp_path / "second")
    assert (tmp_path / "second").read_text() == "content"
    assert not (tmp_path / "first").samefile(tmp_path / "second")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mask", [0o077, 0o022, 0o002])
def test_who_may_read_something_new_is_for_the_umask_to_say(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        write_text(tmp_path / "a", "x")
        with replacing(tmp_path / "tensors") as scratch:
            save_file({"x": np.zeros(1)}, scratch)
        with new_folder(tmp_path / "folder"):
            pass
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "a") == mode_of(tmp_path / "tensors") == 0o666 & ~mask
    assert mode_of(tmp_path / "folder") == 0o777 & ~mask


def test_a_file_that_is_written_again_keeps_its_mode(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "x")
    (tmp_path / "a").chmod(0o640)
    with replacing(tmp_path / "a") as scratch:
        save_file({"x": np.zeros(1)}, scratch)
    assert mode_of(tmp_path / "a") == 0o640
