import copy
import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from mmf.common.registry import registry
from torch import nn

from mmf_mixer import extraction
from mmf_mixer.encoders.base import encode_once
from mmf_mixer.encoders.faster import Choice
from mmf_mixer.encoders.weights import weights_digest
from mmf_mixer.errors import InputError
from mmf_mixer.extraction import extract, run_config
from mmf_mixer.store import writing
from mmf_mixer.store.store import FeatureStore
from tests.store import small
from tests.store.test_store import flip_a_bit


def test_features_are_what_the_encoders_make_of_each_clip(config: Path, store: Path) -> None:
    opened = FeatureStore(store)
    settings = run_config(small.options(config)).dataset_config.clips
    encoders = {"audio": small.SmallAudio(), "video": small.SmallFrames()}
    for split, size in small.SIZES.items():
        clips = registry.get_builder_class("clips")().load_dataset(settings, split)
        clips.varies = False
        for index in range(size):
            modalities, readable = opened.read(split, index, ["audio", "video"])
            assert readable
            for key, encoder in encoders.items():
                expected = encoder.encode(clips[index][key][None])[0]
                assert torch.allclose(modalities[key]["values"], expected, atol=1e-6)
                assert torch.equal(modalities[key]["mask"], clips[index][f"{key}_mask"])
        assert modalities["audio"]["mask"].tolist() == [0, 0, 0, 0]  # the last clip has no sound


def test_the_manifest_says_how_the_features_were_made(store: Path) -> None:
    manifest = FeatureStore(store).manifest
    assert manifest.clips == small.SIZES
    assert manifest.dtype == "float32"
    video = manifest.modalities["video"]
    assert (video.tokens, video.width) == (4, 5)
    assert video.encoder["type"] == "small_frames"
    assert video.processor["params"]["size"] == 16
    assert video.weights == weights_digest(small.SmallFrames())
    assert [(shard.split, shard.first, shard.count) for shard in manifest.shards] == [
        ("train", 0, 6),
        ("val", 0, 3),
        ("test", 0, 3),
    ]


def test_a_store_of_nothing_is_refused(config: Path, tmp_path: Path) -> None:
    settings = yaml.safe_load(config.read_text())
    settings["dataset_config"]["clip_features"] = {"from_clips": ["audio", "video"]}
    (own := tmp_path / "nothing.yaml").write_text(yaml.safe_dump(settings))
    with pytest.raises(InputError, match="nothing is left to store"):
        extract(small.options(own), tmp_path / "empty")
    assert not (tmp_path / "empty").exists()


def test_a_faster_way_is_told_and_noted_and_makes_no_other_store(
    config: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def other(encoder: nn.Module, media: torch.Tensor) -> tuple[nn.Module, Choice]:
        return copy.deepcopy(encoder), Choice("elsewhere", 2.0, 1e-6)

    monkeypatch.setattr(extraction, "fastest", other)
    plain = FeatureStore(store).manifest
    assert extract(small.options(config), tmp_path / "few").manifest.modalities["video"].run == {}
    monkeypatch.setattr(extraction, "WORTH_A_LOOK", sum(small.SIZES.values()))
    fast = extract(small.options(config), tmp_path / "fast").manifest
    assert "video: elsewhere, 2.00 times as fast, differs by 1e-06 of the largest number" in capsys.readouterr().out
    assert fast.modalities["video"].run == {"way": "elsewhere", "speed": 2.0, "deviation": 1e-6}
    assert fast.same_recipe(plain) and [shard.sha256 for shard in fast.shards] == [s.sha256 for s in plain.shards]
    again = extract(small.options(config), tmp_path / "fast", fast=False)
    assert again.manifest.modalities["video"].run == fast.modalities["video"].run  # by which its shards were made
    assert extract(small.options(config), tmp_path / "slow", fast=False).manifest.modalities["video"].run == {}


@pytest.mark.parametrize(("processes", "at_once"), [(1, True), (2, True), (4, False)])
def test_encoders_work_side_by_side_where_there_are_cores_for_them(
    processes: int, at_once: bool, config: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: dict[str, bool] = {}

    def noted(encoder: nn.Module, media: torch.Tensor) -> torch.Tensor:
        threads[type(encoder).__name__] = threading.current_thread() is threading.main_thread()
        return encode_once(encoder, media)

    monkeypatch.setattr(extraction, "encode_once", noted)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(processes))
    made = extract(small.options(config), tmp_path / "out").manifest
    assert threads == {"SmallAudio": not at_once, "SmallFrames": not at_once}
    assert [shard.sha256 for shard in made.shards] == [shard.sha256 for shard in FeatureStore(store).manifest.shards]


def test_float16_halves_the_values_only(config: Path, store: Path, tmp_path: Path) -> None:
    half = extract(small.options(config), tmp_path / "half", "float16")
    for key in ("audio", "video"):
        exact = FeatureStore(store).read("train", 2, [key])[0][key]
        found = half.read("train", 2, [key])[0][key]
        assert found["values"].dtype == torch.float32
        assert torch.allclose(found["values"], exact["values"], atol=1e-2)
        assert torch.equal(found["values"], exact["values"].half().float())
        assert torch.equal(found["mask"], exact["mask"])


def test_an_interrupted_extraction_goes_on_where_it_stopped(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "CLIPS_PER_SHARD", 2)
    real_encode, calls = extraction.encode, 0

    def encode_three_times(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > 3:  # the first is a look at one clip
            raise KeyboardInterrupt
        return real_encode(*args)

    monkeypatch.setattr(extraction, "encode", encode_three_times)
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        extract(small.options(config), out)
    (out / "train-000004.safetensors.x.tmp").write_text("what a kill leaves behind")
    (out / "train-000004.safetensors").write_text("not in the manifest yet")
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("train-00000[02].safetensors")}
    assert len(before) == 2
    monkeypatch.setattr(extraction, "encode", real_encode)
    store = extract(small.options(config), out)
    assert {name: (out / name).stat().st_mtime_ns for name in before} == before
    assert len([path for path in out.iterdir() if path.name != writing.LOCK]) == 1 + 3 + 2 + 2
    whole = extract(small.options(config), tmp_path / "whole")
    for index in range(6):
        found, expected = (each.read("train", index, ["video"])[0]["video"]["values"] for each in (store, whole))
        assert torch.equal(found, expected)


def test_a_store_killed_at_random_moments_ends_as_an_undisturbed_one(
    config: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "CLIPS_PER_SHARD", 1)
    print("seed", seed := random.randrange(10**6))
    out, luck = tmp_path / "out", random.Random(seed)
    for _ in range(4):
        if (child := os.fork()) == 0:
            with open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), 1)
            extract(small.options(config), out)
            os._exit(0)
        time.sleep(luck.uniform(0.2, 2.0))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    again = extract(small.options(config), out)
    assert not list(out.glob("*.tmp"))
    for split, size in small.SIZES.items():
        for index in range(size):
            found, expected = (each.read(split, index, ["audio", "video"]) for each in (again, FeatureStore(store)))
            for key in ("audio", "video"):
                torch.testing.assert_close(found[0][key]["values"], expected[0][key]["values"], rtol=1e-5, atol=1e-6)


def test_extracting_again_mends_a_damaged_shard_and_keeps_the_others(config: Path, store: Path) -> None:
    whole, damaged = store / "train-000000.safetensors", store / "val-000000.safetensors"
    content, untouched = damaged.read_bytes(), whole.stat().st_mtime_ns
    flip_a_bit(damaged)
    extract(small.options(config), store)
    assert damaged.read_bytes() == content
    assert whole.stat().st_mtime_ns == untouched


def test_a_store_of_other_features_is_replaced(config: Path, store: Path) -> None:
    before = FeatureStore(store).read("train", 0, ["video"])[0]["video"]["values"]
    again = extract(
        small.options(config, dataset_config__clips__processors__video_processor__params__mean="[0,0,0]"), store
    )
    assert again.manifest.modalities["video"].processor["params"]["mean"] == [0, 0, 0]
    assert not torch.allclose(again.read("train", 0, ["video"])[0]["video"]["values"], before)


def test_an_encoder_with_trainable_parts_is_refused(config: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'video': its encoder has 1 trainable parameters \(weight"):
        extract(small.options(config, fusion__modalities__video__encoder__type="small_trained"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_augmentation_is_refused(config: Path, tmp_path: Path) -> None:
    shift = {"dataset_config__clips__processors__video_processor__params__shift": "2"}
    with pytest.raises(InputError, match=r"'video': its processor varies the clips .* \(shift: 0, flip: 0\)"):
        extract(small.options(config, **shift), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_wrong_number_of_tokens_is_refused(config: Path, tmp_path: Path) -> None:
    tokens = {"dataset_config__clips__processors__audio_processor__params__tokens": "9"}
    with pytest.raises(InputError, match="'audio': its encoder gives 4 tokens, but its processor says 9"):
        extract(small.options(config, **tokens), tmp_path / "out")


def test_numbers_beyond_float16_are_refused(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small.SmallFrames, "encode", lambda self, values: torch.full((len(values), 4, 5), 1e5))
    with pytest.raises(InputError, match="'video': its features hold numbers that float16 cannot"):
        extract(small.options(config), tmp_path / "out", "float16")


def test_a_folder_of_other_things_is_left_alone(config: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "weights.safetensors").write_text("mine")
    with pytest.raises(InputError, match="no feature store"):
        extract(small.options(config), tmp_path / "out")
    assert (tmp_path / "out" / "weights.safetensors").read_text() == "mine"
    with pytest.raises(InputError, match="cannot be made"):
        extract(small.options(config), tmp_path / "out" / "weights.safetensors")


@pytest.mark.parametrize(
    ("dataset", "dtype", "message"), [("clips", "int8", "dtype"), ("clip_features", "float32", "raw")]
)
def test_wrong_options_are_refused(config: Path, tmp_path: Path, dataset: str, dtype: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        extract(small.options(config, dataset), tmp_path / "out", dtype)
