"""Mends that only MMF's package release needs."""

import collections.abc
import importlib
import sys
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor
from torch.optim.optimizer import ParamsT

from mmf_mixer.compat.mending import mend
from mmf_mixer.protocols import Batch

FLAT_TRANSFORMERS = {
    "modeling_bert": "bert.modeling_bert",
    "configuration_bert": "bert.configuration_bert",
    "modeling_auto": "auto.modeling_auto",
    "configuration_auto": "auto.configuration_auto",
    "tokenization_auto": "auto.tokenization_auto",
}


@mend("mmf", when="before", only="package")
def flat_transformers(module: ModuleType) -> bool:
    """The package release imports transformers' modules by the flat names they had before transformers 4."""
    for flat, nested in FLAT_TRANSFORMERS.items():
        sys.modules[f"transformers.{flat}"] = importlib.import_module(f"transformers.models.{nested}")
    return True


@mend("mmf", when="before", only="package")
def bert_layer_norm(module: ModuleType) -> bool:
    """The package release imports BertLayerNorm, which was LayerNorm by another name and is gone."""
    from torch import nn
    from transformers.models.bert import modeling_bert

    modeling_bert.BertLayerNorm = nn.LayerNorm
    return True


@mend("mmf", when="before", only="package")
def transformers_adamw(module: ModuleType) -> bool:
    """MMF registers transformers' AdamW as its `adam_w`; transformers removed it in favour of torch's."""
    import transformers.optimization

    if hasattr(transformers.optimization, "AdamW"):
        return False
    transformers.optimization.AdamW = AdamW
    return True


@mend("mmf.utils.logger", only="package")
def collections_mapping(module: ModuleType) -> bool:
    """MMF's logger asks for collections.Mapping, which Python 3.10 moved to collections.abc for good."""
    module.collections = collections.abc  # type: ignore[attr-defined]  # Mapping is all the logger takes from it
    return True


class AdamW(torch.optim.AdamW):
    """torch's AdamW with the defaults of transformers' (eps 1e-6, no weight decay), so old configs mean the same."""

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)


@mend("mmf.datasets.multi_dataset_loader", only="package")
def several_datasets_again(module: ModuleType) -> bool:
    """The package release goes through several data sets once: from then on it takes them all for finished."""
    loader = module.MultiDatasetLoader
    stock = loader.__iter__

    @wraps(stock)
    def __iter__(self: Any) -> Any:
        self._iterators, self._finished_iterators, self._used_once = [], {}, {}
        return stock(self)

    loader.__iter__ = __iter__
    return True


def _nothing(*args: object) -> None: ...


def _no_rows(report: object) -> list[object]:
    return []


def _on_the_device(batch: Batch) -> Batch:
    from mmf.common.registry import registry

    return batch.to(registry.get("current_device"))


# What MMF's own data sets do where they are given nothing to do.
PLAIN: dict[str, Callable[..., object]] = {
    **dict.fromkeys(("init_processors", "try_fast_read", "verbose_dump"), _nothing),
    "format_for_prediction": _no_rows,
    "prepare_batch": _on_the_device,
}


@mend("mmf.datasets.base_dataset_builder", only="package")
def data_sets_of_torch(module: ModuleType) -> bool:
    """The package release asks a data set for the methods of MMF's own; the source release takes any of torch's."""

    @wraps(module.BaseDatasetBuilder.load_dataset)
    def load_dataset(
        self: Any, config: DictConfig, dataset_type: str = "train", *args: object, **kwargs: object
    ) -> Any:
        dataset: Any = self.load(config, dataset_type, *args, **kwargs)
        if dataset is not None:
            for method, plain in PLAIN.items():
                if not hasattr(dataset, method):
                    setattr(dataset, method, plain)
            dataset.init_processors()
            dataset.try_fast_read()
        return dataset

    module.BaseDatasetBuilder.load_dataset = load_dataset
    return True


@mend("mmf.modules.fusions", only="package")
def compact_bilinear_pooling(module: ModuleType) -> bool:
    """The package release's MCB multiplies spectra by torch.rfft and torch.irfft, which torch removed."""

    @wraps(module.CompactBilinearPooling.forward)
    def forward(self: Any, x1: Tensor, x2: Tensor) -> Tensor:
        """Two vectors per place, B x D1 and B x D2, or B x D x H x W each, to the circular convolution of their count
        sketches (Gao et al., "Compact Bilinear Pooling", 2016), times `output_dim` as in MMF."""
        maps = x1.dim() == 4
        first, second = ((x.permute(0, 2, 3, 1) if maps else x) for x in (x1, x2))
        spectrum = torch.fft.rfft(first @ self.sketch1) * torch.fft.rfft(second @ self.sketch2)
        pooled: Tensor = torch.fft.irfft(spectrum, n=self.output_dim) * self.output_dim
        if maps:
            return pooled.sum(dim=[1, 2]) if self.sum_pool else pooled.permute(0, 3, 1, 2)
        return pooled

    module.CompactBilinearPooling.forward = forward
    return True
