"""The order in which MMF's data loaders give samples, and the random numbers they use."""

from functools import wraps
from types import ModuleType
from typing import Any

import torch
import torch.distributed as dist
from torch.utils.data import DataLoader, IterableDataset

from mmf_mixer.compat.mending import mend
from mmf_mixer.processes import all_gather, rank, world_size
from mmf_mixer.protocols import Json, Split
from mmf_mixer.training.distributed.shares import OwnShare
from mmf_mixer.training.order.order import EpochOrder, SeededLoader


def run_seed() -> int:
    """`training.seed` of the first process, or 0 where none is set. All processes call it together."""
    from mmf.common.registry import registry

    seed = int(registry.get("config").training.seed or 0)
    return all_gather(seed)[0]


@mend("mmf.utils.build")
def evaluation_in_order(module: ModuleType) -> bool:
    """MMF shuffles the validation split, and under torchrun repeats some samples of every split."""
    stock = module._add_extra_args_for_dataloader

    @wraps(stock)
    def _add_extra_args_for_dataloader(dataset_instance: Split, other_args: Json | None = None) -> Json:
        arguments: Json = stock(dataset_instance, other_args)
        if dataset_instance.dataset_type == "train":
            return arguments
        if "shuffle" in arguments:
            arguments["shuffle"] = False
        elif dist.is_initialized():  # also for one process that torchrun has started
            arguments["sampler"] = OwnShare(dataset_instance)
        return arguments

    module._add_extra_args_for_dataloader = _add_extra_args_for_dataloader  # type: ignore[attr-defined]
    return True


@mend("mmf.utils.build")
def persistent_workers(module: ModuleType) -> bool:
    """A stray comma in the source release makes `persistent_workers: false` true."""
    if "persistent_workers" not in module.build_dataloader_and_sampler.__code__.co_consts:
        return False
    stock = module._add_extra_args_for_dataloader

    @wraps(stock)
    def _add_extra_args_for_dataloader(dataset_instance: Split, other_args: Json | None = None) -> Json:
        arguments: Json = stock(dataset_instance, other_args)
        if isinstance(arguments["persistent_workers"], tuple):
            (arguments["persistent_workers"],) = arguments["persistent_workers"]
        return arguments

    module._add_extra_args_for_dataloader = _add_extra_args_for_dataloader  # type: ignore[attr-defined]
    return True


@mend("mmf.utils.build")
def training_in_an_order_of_its_own(module: ModuleType) -> bool:
    """MMF shuffles by the global generator, so that the order depends on all that was drawn before, and on resuming."""
    stock = module._add_extra_args_for_dataloader

    @wraps(stock)
    def _add_extra_args_for_dataloader(dataset_instance: Split, other_args: Json | None = None) -> Json:
        arguments: Json = stock(dataset_instance, other_args)
        arguments["generator"] = torch.Generator()  # each iteration draws a seed for its workers from it
        if is_reordered(dataset_instance):
            arguments.pop("shuffle", None)  # the sampler does it
            arguments["sampler"] = _order(len(dataset_instance), arguments["batch_size"])
        return arguments

    module._add_extra_args_for_dataloader = _add_extra_args_for_dataloader  # type: ignore[attr-defined]
    return True


def is_reordered(dataset: Split) -> bool:
    """Whether the order of a data set's samples is ours: MMF would shuffle them, and each can be had by its index."""
    by_place = hasattr(dataset, "__len__") and not isinstance(dataset, IterableDataset)
    shuffled = getattr(getattr(dataset, "config", None), "shuffle", None) is not False
    return bool(dataset.dataset_type == "train" and by_place and shuffled)


def _order(samples: int, own_batch: int) -> EpochOrder:
    return EpochOrder(samples, own_batch * world_size(), run_seed(), rank(), world_size())


@mend("mmf.datasets.multi_dataset_loader")
def samplers_know_the_epoch(module: ModuleType) -> bool:
    """MMF tells its samplers which epoch begins only in a run of several processes."""
    loader = getattr(module, "MultiDataLoader", module.MultiDatasetLoader)

    def seed_sampler(self: Any, epoch: int) -> None:
        samplers = self.samplers.values() if isinstance(self.samplers, dict) else self.samplers
        for sampler in samplers:
            if hasattr(sampler, "set_epoch"):
                sampler.set_epoch(epoch)

    loader.seed_sampler = seed_sampler
    return True


@mend("mmf.utils.build")
def samples_vary_by_seed_and_epoch(module: ModuleType) -> bool:
    """How MMF's workers vary a training sample depends on how many workers there are, and what each had before."""
    stock = module.build_dataloader_and_sampler

    @wraps(stock)
    def build_dataloader_and_sampler(dataset_instance: Split, *args: object, **kwargs: object) -> Any:
        loader, sampler = stock(dataset_instance, *args, **kwargs)
        own = getattr(loader, "_loader", loader)  # under XLA another loader is around it
        if isinstance(sampler, EpochOrder) and type(own) is DataLoader:
            own.__class__ = SeededLoader
        return loader, sampler

    module.build_dataloader_and_sampler = build_dataloader_and_sampler  # type: ignore[attr-defined]
    return True
