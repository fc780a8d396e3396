import json
import pickle
import resource
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from mmf_mixer.errors import InputError
from mmf_mixer.store import store as store_module
from mmf_mixer.store.manifest import Manifest, StoredModality, difference, sha256
from mmf_mixer.store.store import FeatureStore, MappedShard

MADE = Manifest("abc", {"train": 3}, "float32", {"audio": StoredModality({"type": "p"}, {"type": "e"}, "def", 4, 5)})


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)


def test_a_manifest_comes_back_as_it_was_written(tmp_path: Path) -> None:
    MADE.write(tmp_path)
    assert Manifest.read(tmp_path) == MADE
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_a_folder_without_manifest_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no feature store"):
        FeatureStore(tmp_path)


FOREIGN = '{"dataset": "", "clips": %s, "dtype": "float32", "modalities": {}, "shards": [%s]}'
SHARD = '{"file": "%s", "split": "a", "first": 0, "count": %s, "bytes": 1, "sha256": ""}'


@pytest.mark.parametrize(
    "content",
    [
        *(
            "{",
            "[]",
            "{}",
            '{"dataset": 1}',
            "[" * 100_000,
            '{"modalities": ' + "[" * 500 + "]" * 500 + "}",
            "9" * 5000,
        ),
        *(FOREIGN % (clips, "") for clips in ("[]", '{"a": -1}', '{"a": 1.5}', '{"a": "1"}')),
        *(FOREIGN % ("{}", SHARD % shard) for shard in (("../a.safetensors", 1), ("/etc/passwd", 1), ("", 1))),
        FOREIGN % ("{}", SHARD % ("a" * 300 + ".safetensors", 1)),  # no disk has such a name
        *(FOREIGN % ("{}", SHARD % ("a.safetensors", count)) for count in ("-1", "true", "null", "1e3")),
    ],
)
def test_a_damaged_manifest_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(InputError, match="damaged"):
        FeatureStore(tmp_path)


def test_a_flipped_bit_is_refused_when_the_shard_is_read(store: Path) -> None:
    flip_a_bit(store / "train-000000.safetensors")
    opened = FeatureStore(store)
    opened.read("val", 0, ["audio"])
    with pytest.raises(InputError, match=r"train-000000.safetensors: the shard is damaged, its SHA-256"):
        opened.read("train", 0, ["audio"])


def test_a_shard_is_hashed_once(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []
    monkeypatch.setattr(store_module, "sha256", lambda path: hashed.append(path.name) or "")
    opened = FeatureStore(store)
    opened.sound[:] = True
    opened.read("train", 0, ["audio"])
    assert hashed == []
    opened.sound[:] = False
    with pytest.raises(InputError):
        opened.read("val", 0, ["audio"])
    assert hashed == ["val-000000.safetensors"]


def test_a_short_or_missing_shard_is_refused_on_opening(store: Path) -> None:
    shard = store / "val-000000.safetensors"
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"val-000000.safetensors: the shard is damaged, it has \d+ bytes instead"):
        FeatureStore(store)
    shard.unlink()
    with pytest.raises(InputError, match="it has 0 bytes instead"):
        FeatureStore(store)


def test_an_unfinished_store_is_refused_with_what_is_there(store: Path) -> None:
    content = json.loads((store / "manifest.json").read_text())
    content["shards"] = content["shards"][:2]
    (store / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match="unfinished, it has 0 of 3 clips of test"):
        FeatureStore(store)


def test_a_mapped_shard_reads_what_safetensors_wrote(tmp_path: Path) -> None:
    tensors = {
        "exact": torch.randn(7, 3, 2),
        "half": torch.randn(7, 5).half(),
        "mask": torch.arange(7, dtype=torch.uint8)[:, None],
        "readable": torch.arange(7) % 2 == 0,
    }
    save_file(tensors, tmp_path / "shard.safetensors")
    shard = MappedShard(tmp_path / "shard.safetensors")
    rows = [shard.row(index, list(tensors)) for index in range(7)]
    for name, expected in tensors.items():
        found = torch.stack([row[name] for row in rows])
        assert found.dtype == expected.dtype
        assert torch.equal(found, expected)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc to read resident memory from")
def test_reading_keeps_no_pages(tmp_path: Path) -> None:
    save_file({"values": torch.ones(512, 16384)}, tmp_path / "shard.safetensors")  # 32 MB

    def resident() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20

    shard = MappedShard(tmp_path / "shard.safetensors")
    before = resident()
    assert sum(float(shard.row(index, ["values"])["values"].mean()) for index in range(512)) == 512
    assert resident() - before < 8


def test_a_store_that_has_been_read_can_be_sent_to_a_worker(store: Path) -> None:
    opened = FeatureStore(store)
    values = opened.read("test", 1, ["audio"])[0]["audio"]["values"]
    sent = pickle.loads(pickle.dumps(opened))
    assert torch.equal(sent.read("test", 1, ["audio"])[0]["audio"]["values"], values)


def save_shard(path: Path, header: Any, body: bytes = bytes(8)) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)
    return path


def entry(dtype: Any = "F32", shape: Any = (2,), offsets: Any = (0, 8)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"{", "its header is not JSON"),
        (b"[" * 90_000, "its header is not JSON"),
        ([1], "its header names no tensors"),
        ({}, "its tensors have 0 bytes, and 8 are there"),
        ({"a": 1}, "its header says too little of 'a'"),
        ({"a": entry("F64", [1])}, "its tensor 'a' is of type 'F64'"),
        ({"a": entry(["F32"])}, r"of type \['F32'\]"),
        ({"a": entry(shape=[-2])}, r"has shape \[-2\]"),
        ({"a": entry(shape=[-1, -2])}, r"has shape \[-1, -2\]"),
        ({"a": entry(shape=[0], offsets=[0, 0]), "b": entry()}, r"has shape \[0\]"),
        ({"a": entry(shape=[2.0])}, r"has shape \[2.0\]"),
        ({"a": entry(shape=[2**62, 2**62])}, "has other bytes than it needs"),
        ({"a": entry(shape=[3], offsets=[0, 12])}, "its tensors have 12 bytes, and 8 are there"),
        ({"a": entry(offsets=[8, 16])}, "its tensor 'a' begins at byte 8 instead of 0"),
        ({"a": entry(), "b": entry("U8", [4], [4, 8])}, "its tensor 'b' begins at byte 4 instead of 8"),
        ({"a": entry(offsets=[-8, 0])}, r"at \[-8, 0\]"),
        ({"a": entry(offsets=[0, 8, 9])}, r"at \[0, 8, 9\]"),
    ],
)
def test_a_header_that_does_not_fit_the_file_is_refused(tmp_path: Path, header: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        MappedShard(save_shard(tmp_path / "a.safetensors", header))


@pytest.mark.parametrize("length", [0, 5, 2**20 + 1, 100 * 2**20, 2**64 - 1])
def test_a_header_beyond_the_file_or_the_limit_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(length.to_bytes(8, "little") + b"{}")

    with pytest.raises(ValueError, match=f"its header is said to have {length:,} bytes"):
        MappedShard(path)


def test_metadata_are_no_tensor(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "a.safetensors", {"made": "by hand"})

    assert list(MappedShard(tmp_path / "a.safetensors").tensors) == ["a"]


def retold(store: Path, file: str, **changes: Any) -> None:
    """Make the manifest agree with a changed shard."""
    content, path = json.loads((store / "manifest.json").read_text()), store / file
    for shard in content["shards"]:
        if shard["file"] == file:
            shard |= {"bytes": path.stat().st_size, "sha256": sha256(path)} | changes
    (store / "manifest.json").write_text(json.dumps(content))


def test_a_shard_of_other_tensors_is_refused_though_the_manifest_has_its_hash(store: Path) -> None:
    save_shard(store / "val-000000.safetensors", {"audio": entry()})
    retold(store, "val-000000.safetensors")

    with pytest.raises(InputError, match=r"val-000000.safetensors: the shard is damaged, its tensor 'readable' is not"):
        FeatureStore(store).read("val", 0, ["audio"])


def test_features_that_are_not_numbers_are_refused(store: Path) -> None:
    tensors = load_file(path := store / "val-000000.safetensors")
    tensors["audio"][1, 2, 3] = float("nan")
    save_file(tensors, path)
    retold(store, path.name)

    FeatureStore(store).read("val", 0, ["audio"])
    with pytest.raises(InputError, match="'audio' of clip 1 holds values that are not numbers"):
        FeatureStore(store).read("val", 1, ["audio"])


def test_shards_that_overlap_are_refused(store: Path) -> None:
    retold(store, "val-000000.safetensors", first=1)

    with pytest.raises(
        InputError, match="val-000000.safetensors: the shard is damaged, its clips begin at 1 instead of"
    ):
        FeatureStore(store)


def test_difference_names_the_first_setting_that_changed() -> None:
    then = {"type": "p", "params": {"size": 16, "crop": None}}
    assert difference(then, then) is None
    assert difference(then, {"type": "p", "params": {"size": 32}}) == "params.size was 16 and is 32 now"
    assert difference(then, then | {"speed": 2}) == "speed was None and is 2 now"
    assert difference(then, then | {"grey": False, "shift": 0, "flip": 0.0}) is None  # off, as before they were known
