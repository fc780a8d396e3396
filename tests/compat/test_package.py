"""What only the package release needs."""

import collections
import importlib
from pathlib import Path

import pytest
import torch
from mmf.common.registry import registry
from mmf.common.sample import Sample
from mmf.datasets.base_dataset_builder import BaseDatasetBuilder
from mmf.datasets.multi_dataset_loader import MultiDatasetLoader
from mmf.modules.fusions import CompactBilinearPooling
from torch import Tensor

from mmf_mixer.compat.package import FLAT_TRANSFORMERS, AdamW
from mmf_mixer.releases import is_package_release
from tests.compat import tiny

package_only = pytest.mark.skipif(not is_package_release(), reason="the source release does not need it")


@package_only
@pytest.mark.parametrize(("flat", "nested"), FLAT_TRANSFORMERS.items())
def test_flat_names_are_the_nested_modules(flat, nested):
    assert importlib.import_module(f"transformers.{flat}") is importlib.import_module(f"transformers.models.{nested}")


@package_only
def test_bert_layer_norm_is_layer_norm():
    from mmf.models import vilbert

    assert vilbert.BertLayerNorm is torch.nn.LayerNorm


@package_only
def test_adam_w_keeps_the_defaults_of_old():
    from mmf.common.registry import registry

    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = registry.get_optimizer_class("adam_w")([weight], lr=0.1)
    assert isinstance(optimizer, AdamW)
    assert (optimizer.defaults["eps"], optimizer.defaults["weight_decay"]) == (1e-6, 0.0)
    weight.grad = torch.zeros(1)
    optimizer.step()
    assert weight.item() == 1.0  # torch's own default would have decayed it


@package_only
def test_progress_of_any_mapping_is_logged():
    from mmf.utils.logger import Logger

    logger = object.__new__(Logger)
    logger._is_master, logger.log_format, lines = True, "simple", []
    logger.write = lines.append
    logger.log_progress({"a": 1, "b": 2})
    assert lines == ["a: 1, b: 2"]
    assert not hasattr(collections, "Mapping")  # nothing was hung into the standard library


@package_only
def test_several_data_sets_are_gone_through_again_and_again() -> None:
    loader = MultiDatasetLoader("val")
    loader._num_datasets, loader._loaders, loader._datasets = 2, [["a"], ["b"]], ["one", "two"]
    loader._dataset_probabilities, loader._proportional_sampling = [0.5, 0.5], True
    loader._is_master, loader.current_index = True, 0
    assert [sorted(loader), sorted(loader)] == [["a", "b"], ["a", "b"]]


class Halves(torch.utils.data.Dataset):
    """A data set of torch, which knows of MMF no more than its name and split."""

    dataset_name = "halves"

    def __init__(self, dataset_type: str) -> None:
        self.dataset_type = dataset_type

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> Sample:
        sample = Sample()
        sample.values, sample.targets, sample.id = torch.ones(4), torch.tensor(index % 2), torch.tensor(index)
        return sample


class HalvesBuilder(BaseDatasetBuilder):
    def __init__(self) -> None:
        super().__init__("halves")

    @classmethod
    def config_path(cls) -> None:
        return None

    def build(self, *args: object) -> None: ...

    def load(self, config: object, dataset_type: str, *args: object) -> Halves:
        return Halves(dataset_type)


def test_a_model_trains_on_and_predicts_a_data_set_of_torch(tmp_path: Path) -> None:
    registry.register_builder("halves")(HalvesBuilder)
    options = (
        "dataset=halves",
        "dataset_config={halves: {a: 1}}",
        "run_type=train_val_test",
        "evaluation.predict=true",
    )
    assert len(tiny.run(tmp_path, *options, "training.num_workers=1").batches) == 4


def convolved(a: Tensor, b: Tensor) -> Tensor:
    """Circular convolution of two vectors, by its definition."""
    size = len(a)
    return torch.stack([sum(a[i] * b[(k - i) % size] for i in range(size)) for k in range(size)])


@package_only
@pytest.mark.parametrize("size", [6, 7])
def test_compact_bilinear_pooling_convolves_count_sketches(size: int) -> None:
    torch.manual_seed(1)
    pooling = CompactBilinearPooling(4, 3, size)
    a, b = torch.randn(2, 4), torch.randn(2, 3)
    wanted = [convolved(x @ pooling.sketch1, y @ pooling.sketch2) * size for x, y in zip(a, b, strict=True)]
    assert torch.allclose(pooling(a, b), torch.stack(wanted), atol=1e-5)


@package_only
def test_of_feature_maps_each_place_is_pooled_and_all_are_summed() -> None:
    torch.manual_seed(1)
    pooling = CompactBilinearPooling(4, 3, 6)
    a, b = torch.randn(2, 4, 2, 5), torch.randn(2, 3, 2, 5)
    places = [pooling(a[:, :, row, column], b[:, :, row, column]) for row in range(2) for column in range(5)]
    assert torch.allclose(pooling(a, b), torch.stack(places).sum(dim=0), atol=1e-4)
