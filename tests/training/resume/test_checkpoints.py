"""Checkpoint files: whole, checked, and not too many."""

from pathlib import Path
from typing import Any

import pytest
import torch

from mmf_mixer.errors import InputError
from mmf_mixer.training.resume import checkpoints
from mmf_mixer.training.resume.checkpoints import check_checkpoint, named, prune, write_checkpoint

MODEL = {"a": torch.arange(6.0), "b": torch.ones(2, dtype=torch.bfloat16)}
CONTENT: dict[str, Any] = {"model": MODEL, "list": [1, "x"]}


def read(path: Path) -> Any:
    content = torch.load(path, weights_only=True)
    check_checkpoint(content, path)
    return content


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "a.ckpt", CONTENT)
    content = read(tmp_path / "a.ckpt")
    assert torch.equal(content["model"]["a"], CONTENT["model"]["a"]) and content["list"] == [1, "x"]
    assert content["format"] == 1


def test_a_changed_bit_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    write_checkpoint(path, CONTENT)
    data = bytearray(path.read_bytes())
    data[data.index(CONTENT["model"]["a"].numpy().tobytes()) + 5] ^= 1
    path.write_bytes(data)
    torch.load(path, weights_only=True)  # torch itself does not notice
    with pytest.raises(InputError, match=r"a\.ckpt cannot be read \(its tensors are not those .*delete it"):
        read(path)


def test_a_later_format_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "FORMAT", 2)
    write_checkpoint(tmp_path / "a.ckpt", CONTENT)
    monkeypatch.undo()
    with pytest.raises(InputError, match="has format 2, but this version of mmf_mixer knows formats up to 1"):
        read(tmp_path / "a.ckpt")


def test_files_of_others_are_not_judged() -> None:
    check_checkpoint({"classifier.weight": torch.ones(1)}, Path("other.pth"))
    check_checkpoint([1, 2], Path("other.pth"))


def test_a_disk_that_is_full_leaves_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ckpt"
    write_checkpoint(path, CONTENT)
    before = path.read_bytes()
    stock_open = Path.open
    monkeypatch.setattr(Path, "open", lambda self, mode: stock_open(Path("/dev/full"), mode))  # it is always full
    with pytest.raises(InputError, match=r"a\.ckpt: cannot be written, for the disk is full .*checkpoint\.resume=true"):
        write_checkpoint(path, {"model": torch.zeros(100000)})
    monkeypatch.undo()
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_the_last_ones_are_kept(tmp_path: Path) -> None:
    for name in ("model_2.ckpt", "model_10.ckpt", "model_9.ckpt", "model_30.ckpt", "model_4.ckpt.x1.tmp", "note"):
        (tmp_path / name).touch()
    prune(tmp_path, update=10, keep=-1)
    assert not list(tmp_path.glob("*.tmp")) and len(list(tmp_path.iterdir())) == 5
    prune(tmp_path, update=10, keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "model_10.ckpt",
        "model_30.ckpt",
        "model_9.ckpt",
        "note",
    ]


def test_many_keys_are_counted() -> None:
    assert named(["a", "b"]) == "a, b"
    assert named([str(number) for number in range(25)]).endswith("18, 19 and 5 more")


def test_a_digest_without_a_format_is_no_checkpoint_of_ours(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it does not say in which format it is"):
        check_checkpoint({"digest": "abc", "model": {}}, tmp_path / "a.ckpt")
