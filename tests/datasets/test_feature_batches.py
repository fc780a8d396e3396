"""Batches that training reads from a store at once are those of its samples one by one."""

from pathlib import Path
from typing import Any

import torch
from mmf.common.sample import SampleList

from mmf_mixer.training.order.order import SeededSamples
from tests.datasets.test_features import STORE, dataset

KEYS = [(7, 2, index) for index in (3, 0, 5, 1)]


def batches(split: Any) -> tuple[Any, Any]:
    """A training batch, and the same from single samples."""
    split.varies = True
    samples = SeededSamples(split)
    return SampleList(samples.__getitems__(KEYS)), SampleList([samples[key] for key in KEYS])


def test_a_batch_is_that_of_its_samples_bit_by_bit(config: Path, store: Path) -> None:
    more = {STORE: str(store), "dataset_config__clips__modality_dropout": "0.5"}
    split = dataset(config, "clip_features", **more)
    before = torch.get_rng_state()
    batch, expected = batches(split)
    assert torch.equal(torch.get_rng_state(), before)
    assert list(batch) == list(expected)
    for name, values in expected.items():
        assert batch[name].dtype == values.dtype and torch.equal(batch[name], values), name
    assert sum(not batch[f"{key}_mask"][row].any() for key in ("audio", "video") for row in range(len(KEYS))) > 0


def test_what_the_store_lacks_is_processed_as_ever(config: Path, store: Path) -> None:
    split = dataset(config, "clip_features", dataset_config__clip_features__from_clips="[video]", **{STORE: str(store)})
    assert not split.reads_batches
    batch, expected = batches(split)
    assert all(torch.equal(batch[name], values) for name, values in expected.items())


def test_an_unreadable_clip_takes_no_part_in_a_batch(config: Path, store: Path) -> None:
    split = dataset(config, "clip_features", **{STORE: str(store)})
    modalities, _ = split.store.read_batch("train", [0, 1], split.keys)
    batch = split.batch([0, 1], modalities, torch.tensor([True, False]))
    assert torch.equal(batch["targets"][0], split[0]["targets"])
    assert set(batch["targets"][1].tolist()) == {-1.0}
