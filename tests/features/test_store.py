import json
import pickle
import resource
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from mmf_mixer.errors import InputError
from mmf_mixer.features import store as store_module
from mmf_mixer.features.manifest import Manifest, Modality, difference
from mmf_mixer.features.store import FeatureStore, MappedShard

MADE = Manifest("abc", {"train": 3}, "float32", {"audio": Modality({"type": "p"}, {"type": "e"}, "def", 4, 5)})


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


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"dataset": 1}'])
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


def test_difference_names_the_first_setting_that_changed() -> None:
    then = {"type": "p", "params": {"size": 16, "crop": None}}
    assert difference(then, then) is None
    assert difference(then, {"type": "p", "params": {"size": 32}}) == "params.size was 16 and is 32 now"
    assert difference(then, then | {"speed": 2}) == "speed was None and is 2 now"
    assert difference(then, then | {"grey": False, "shift": 0, "flip": 0.0}) is None  # off, as before they were known
