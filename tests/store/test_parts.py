import os
import random
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mmf_mixer.errors import InputError
from mmf_mixer.extraction import extract, fill
from mmf_mixer.files import alone
from mmf_mixer.store import writing
from mmf_mixer.store.manifest import Manifest
from mmf_mixer.store.parts import Part, join, parts_in
from mmf_mixer.store.store import FeatureStore
from tests.store import small


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "CLIPS_PER_SHARD", 2)


def equal(one: FeatureStore, other: FeatureStore) -> bool:
    rows = [(split, index) for split, size in small.SIZES.items() for index in range(size)]
    read = [[store.read(*row, ["audio", "video"])[0] for row in rows] for store in (one, other)]
    return all(
        torch.equal(own[key][name], its[key][name])
        for own, its in zip(*read, strict=True)
        for key in ("audio", "video")
        for name in ("values", "mask")
    )


def filled(config: Path, out: Path, count: int) -> list[Path]:
    parts = [Part(number, count) for number in range(1, count + 1)]
    for part in parts:
        fill(small.options(config), part.folder(out), "float32", part)
    return [part.folder(out) for part in parts]


@pytest.mark.usefixtures("small_shards")
def test_parts_joined_are_the_store_that_one_process_makes(config: Path, tmp_path: Path) -> None:
    whole = extract(small.options(config), tmp_path / "whole")
    folders = filled(config, tmp_path / "out", 3)
    assert parts_in(tmp_path / "out") == folders
    each = [[shard.file for shard in Manifest.read(folder).shards] for folder in folders]
    assert sorted(sum(each, [])) == sorted(shard.file for shard in whole.manifest.shards)
    assert max(map(len, each)) - min(map(len, each)) <= 1
    for folder, lines in zip(folders, ("a\nb\n", "", "b\nc\n"), strict=True):
        (folder / "bad_clips.jsonl").write_text(lines)
    joined = join(folders, tmp_path / "out")
    assert (tmp_path / "out" / "bad_clips.jsonl").read_text() == "a\nb\nc\n"
    assert joined.same_recipe(whole.manifest) and equal(FeatureStore(tmp_path / "out"), whole)
    shard = joined.shards[0].file
    assert (tmp_path / "out" / shard).samefile(folders[0] / shard)  # no copy


@pytest.mark.usefixtures("small_shards")
def test_a_part_that_is_killed_goes_on_and_is_as_if_it_had_not_been(config: Path, tmp_path: Path) -> None:
    print("seed", seed := random.randrange(10**6))
    luck, whole = random.Random(seed), extract(small.options(config), tmp_path / "whole")
    for _ in range(3):
        if (child := os.fork()) == 0:
            with open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), 1)
            filled(config, tmp_path / "out", 2)
            os._exit(0)
        time.sleep(luck.uniform(0.2, 2.0))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    join(filled(config, tmp_path / "out", 2), tmp_path / "out")
    assert equal(FeatureStore(tmp_path / "out"), whole)


@pytest.mark.usefixtures("small_shards")
def test_what_does_not_belong_together_is_not_joined(config: Path, tmp_path: Path) -> None:
    first, second = filled(config, tmp_path / "out", 2)
    with pytest.raises(InputError, match=r"clips are missing \(train 2 to 3, val 0 to 1"):
        join([first], tmp_path / "out")
    manifest = Manifest.read(second)
    replace(manifest, dtype="float16").write(second)
    with pytest.raises(InputError, match="part-2-of-2: was made of another data set or otherwise than .*part-1-of-2"):
        join([first, second], tmp_path / "out")
    other = [replace(shard, sha256="0") for shard in Manifest.read(first).shards]
    replace(manifest, shards=other).write(second)
    with pytest.raises(InputError, match="its features of train from clip 0 on differ from those of"):
        join([first, second], tmp_path / "out")
    with pytest.raises(InputError, match="has no parts of a store"):
        parts_in(first)


def test_two_processes_do_not_write_one_store(config: Path, tmp_path: Path) -> None:
    with alone(tmp_path / "out", "wait"):
        told, tell = os.pipe()
        if (child := os.fork()) == 0:
            try:
                extract(small.options(config), tmp_path / "out")
            except InputError as error:
                os.write(tell, str(error).encode())
            os._exit(0)
        os.waitpid(child, 0)
        assert b"another process is writing there; wait for it, or share the work with --part 1/2" in os.read(
            told, 1000
        )
    assert extract(small.options(config), tmp_path / "out").manifest.shards


@pytest.mark.parametrize(
    ("text", "environment", "part"),
    [
        ("3/8", {}, Part(3, 8)),
        ("auto", {"RANK": "0", "WORLD_SIZE": "4"}, Part(1, 4)),
        ("auto", {"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_MIN": "5", "SLURM_ARRAY_TASK_COUNT": "3"}, Part(3, 3)),
        ("auto", {"JOB_COMPLETION_INDEX": "1", "JOB_COMPLETIONS": "2"}, Part(2, 2)),
    ],
)
def test_a_part_is_named_or_what_an_engine_says(text: str, environment: dict[str, str], part: Part) -> None:
    assert Part.read(text, environment) == part


@pytest.mark.parametrize(
    ("text", "environment", "told"),
    [
        ("0/2", {}, "no part 0 of 2"),
        ("3/2", {}, "no part 3 of 2"),
        ("half", {}, "'half' is no part; write --part 1/4"),
        ("auto", {}, "started by none of torchrun"),
        ("auto", {"JOB_COMPLETION_INDEX": "1"}, "JOB_COMPLETIONS is not set"),
    ],
)
def test_what_is_no_part_is_one_sentence(text: str, environment: dict[str, str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        Part.read(text, environment)


def test_what_shards_of_another_size_leave_is_filled(config: Path, tmp_path: Path) -> None:
    whole = extract(small.options(config), tmp_path / "out").manifest
    train = next(shard for shard in whole.shards if shard.split == "train")
    left = replace(whole, clips={"train": 1000, "val": 3}, shards=[replace(train, first=100, count=500)])
    spans = [(shard.split, shard.first, shard.count) for shard in writing.missing(left)]
    assert spans == [("train", 0, 100), ("train", 600, 256), ("train", 856, 144), ("val", 0, 3)]


def test_shards_of_large_clips_have_fewer(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "SHARD_BYTES", 2 * (4 * 5 + 4 * 5) * 4)
    store = extract(small.options(config), tmp_path / "out")
    assert sorted(shard.count for shard in store.manifest.shards) == [1, 1, 2, 2, 2, 2, 2]


@pytest.mark.usefixtures("small_shards")
def test_a_store_has_few_shards_open_and_reads_them_all(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = extract(small.options(config), tmp_path / "out")
    monkeypatch.setattr("mmf_mixer.store.store.MAPS", 2)
    few = FeatureStore(tmp_path / "out")
    assert equal(few, whole) and equal(few, whole)
    assert len(few._maps) == 2 < len(few.shards)
