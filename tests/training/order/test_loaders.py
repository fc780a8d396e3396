"""In which order MMF's loaders give samples."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from mmf.common.registry import registry
from omegaconf import OmegaConf
from torch.utils.data import Dataset, IterableDataset

from mmf_mixer.releases import is_package_release
from mmf_mixer.training.order.loaders import is_reordered
from tests.compat import tiny


def ids(loader: Any) -> list[int]:
    return [int(index) for batch in loader for index in batch["id"]]


def test_only_the_training_split_is_shuffled(tmp_path: Path) -> None:
    tiny.run(tmp_path)
    trainer = registry.get("trainer")
    assert ids(trainer.val_loader) == ids(trainer.test_loader) == list(range(51))
    train = ids(trainer.train_loader)
    assert sorted(train) == list(range(24)) != train


@pytest.mark.skipif(is_package_release(), reason="the package release has no persistent workers")
def test_workers_persist_only_on_demand(tmp_path: Path) -> None:
    for wanted in ("true", "false"):
        tiny.run(tmp_path, "training.num_workers=1", f"training.persistent_workers={wanted}", "training.max_updates=1")
        loader = registry.get("trainer").train_loader.first_loader
        assert loader.persistent_workers is (wanted == "true")


def test_each_epoch_has_an_order_by_the_seed_alone(tmp_path: Path) -> None:
    first = tiny.run(tmp_path, "training.max_updates=6")
    again = tiny.run(tmp_path, "training.max_updates=6", "training.evaluation_interval=1", "training.num_workers=1")
    other = tiny.run(tmp_path, "training.max_updates=6", "training.seed=2")
    epochs = [torch.cat(model.batches).view(2, 24) for model in (first, again, other)]
    assert torch.equal(epochs[0], epochs[1])
    assert not torch.equal(epochs[0][0], epochs[0][1])
    assert not torch.equal(epochs[0], epochs[2])


def test_the_loader_keeps_the_data_set_it_was_made_of(tmp_path: Path) -> None:
    tiny.run(tmp_path)
    loaders = registry.get("trainer").train_loader.loaders
    (loader,) = loaders.values() if isinstance(loaders, dict) else loaders
    assert isinstance(loader.dataset, tiny.TinyDataset)
    assert int(loader.dataset[3]["id"]) == 3 and loader.dataset.config.data_dir == "."


class Plain(Dataset[int]):
    """All that MMF's source release asks of a data set."""

    dataset_name, dataset_type = "plain", "train"

    def __len__(self) -> int:
        return 3


class Stream(IterableDataset[int]):
    """One that has a length, but no places."""

    dataset_name, dataset_type = "stream", "train"

    def __iter__(self) -> Iterator[int]:
        return iter(range(3))

    def __len__(self) -> int:
        return 3


def test_only_what_has_places_is_put_in_order() -> None:
    assert is_reordered(Plain()) and not is_reordered(Stream())
    plain = Plain()
    plain.config = OmegaConf.create({"shuffle": False})  # type: ignore[attr-defined]
    assert not is_reordered(plain)
