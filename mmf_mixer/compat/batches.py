"""How several processes train: each on its own share of every batch, as one process alone would on all of it.

MMF deals out the samples of an epoch anew for each number of processes, gives some of them twice, and averages the
processes' mean losses, however many samples each is of. Here the batches are the same for any number of processes,
and so are the losses and the gradients, up to the rounding of a sum.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from types import ModuleType
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.utils.data import DistributedSampler

from mmf_mixer.compat.distributed import in_company
from mmf_mixer.compat.mending import mend
from mmf_mixer.compat.releases import is_package_release
from mmf_mixer.compat.shares import everyone, is_apart
from mmf_mixer.datasets.schema import UNREADABLE
from mmf_mixer.errors import InputError


def share_of_batches(order: Sequence[int], batch_size: int, rank: int, processes: int) -> list[int]:
    """What process `rank` has of the samples in `order`, which make batches of `batch_size` for all processes.

    Every process has a sample in each batch: if the last one has fewer samples than there are processes, some of them
    go to several.
    """
    batches = [order[first : first + batch_size] for first in range(0, len(order), batch_size)]
    shares = (batch[rank::processes] or [batch[rank % len(batch)]] for batch in batches)
    return [index for share in shares for index in share]


class TrainingShare(DistributedSampler[Any]):
    """This process's samples of an epoch, which are shuffled by the seed of the first process and the epoch alone."""

    def __init__(self, dataset: Any, batch_size: int, processes: int, rank: int, seed: int, shuffle: bool) -> None:
        super().__init__(dataset, num_replicas=processes, rank=rank, shuffle=shuffle, seed=seed)
        self.batch_size = batch_size

    def __iter__(self) -> Iterator[int]:
        from mmf.common.registry import registry

        epoch = registry.get("current_epoch", no_warning=True) or 0  # seed_sampler tells it to several processes only
        return iter(self._indices(epoch))

    def __len__(self) -> int:
        return len(self._indices(epoch=0))

    def _indices(self, epoch: int) -> list[int]:
        samples = len(self.dataset)  # type: ignore[arg-type]
        generator = torch.Generator().manual_seed(self.seed + epoch)
        order = torch.randperm(samples, generator=generator).tolist() if self.shuffle else range(samples)
        return share_of_batches(order, self.batch_size, self.rank, self.num_replicas)


@mend("mmf.utils.build")
def same_batches_for_any_number(module: ModuleType) -> bool:
    """MMF makes other batches, in another order, for each number of processes, and always those of seed 0 for two."""
    stock = module._add_extra_args_for_dataloader

    @wraps(stock)
    def _add_extra_args_for_dataloader(dataset_instance: Any, other_args: Any = None) -> Any:
        arguments = stock(dataset_instance, other_args)
        if dataset_instance.dataset_type != "train":
            return arguments
        shuffle = arguments.pop("sampler").shuffle if "sampler" in arguments else arguments["shuffle"]
        arguments.pop("shuffle", None)  # a sampler decides it
        seed, processes, rank = torch.initial_seed() % 2**32, 1, 0
        if in_company():
            seed, processes, rank = everyone(seed)[0], dist.get_world_size(), dist.get_rank()
        size = arguments["batch_size"] * processes
        arguments["sampler"] = TrainingShare(dataset_instance, size, processes, rank, seed, shuffle)
        return arguments

    module._add_extra_args_for_dataloader = _add_extra_args_for_dataloader  # type: ignore[attr-defined]
    return True


@mend("mmf.utils.general")
def batch_size_that_divides(module: ModuleType) -> bool:
    """A batch size that the processes do not divide ends MMF in a traceback."""
    stock = module.get_batch_size

    @wraps(stock)
    def get_batch_size() -> int:
        try:
            size: int = stock()
        except RuntimeError as error:
            from mmf.utils.configuration import get_global_config

            given, processes = get_global_config("training.batch_size"), dist.get_world_size()
            raise InputError(
                f"training.batch_size={given} is of all {processes} processes together: make it a multiple of "
                f"{processes}."
            ) from error
        return size

    module.get_batch_size = get_batch_size  # type: ignore[attr-defined]
    return True


@mend("mmf.utils.env")
def noise_of_its_own(module: ModuleType) -> bool:
    """The package release seeds all processes alike, so that dropout hits the same places of every share."""
    if not is_package_release():
        return False
    stock = module.set_seed

    @wraps(stock)
    def set_seed(seed: int | None) -> int | None:
        own: int | None = stock(seed + dist.get_rank() if seed and seed != -1 and in_company() else seed)
        return own

    module.set_seed = set_seed  # type: ignore[attr-defined]
    return True


def weight_of_share(report: Any) -> Tensor:
    """How often the mean loss of this process's share of a batch is to count for the mean over processes to be that
    over samples. Clips that could not be read are no samples. Takes part in an all-reduce."""
    targets = report.get("targets")
    loss = next(iter(report.losses.values()))
    samples = torch.tensor(float(report.batch_size), device=loss.device)
    if isinstance(targets, Tensor) and targets.dim() == 2:
        samples = (targets[:, 0] != UNREADABLE).sum().to(samples)
    of_all = samples.clone()
    dist.all_reduce(of_all)
    return samples * dist.get_world_size() / of_all.clamp(min=1)


@mend("mmf.trainers.base_trainer")
def package_trainer_weighs_shares(module: ModuleType) -> bool:
    """The package release averages the losses of shares of different size as if they were of one."""
    return _weigh(module.BaseTrainer, "_forward_pass")


@mend("mmf.trainers.core.training_loop")
def source_trainer_weighs_shares(module: ModuleType) -> bool:
    """The source release averages the losses of shares of different size as if they were of one."""
    return _weigh(module.TrainerTrainingLoopMixin, "_forward")


def _weigh(trainer: Any, forward: str) -> bool:
    if not hasattr(trainer, forward):
        return False
    stock: Callable[..., Any] = getattr(trainer, forward)

    @wraps(stock)
    def weighed(self: Any, batch: Any) -> Any:
        report = stock(self, batch)
        if in_company() and not is_apart():
            weight = weight_of_share(report)
            report.losses = {name: loss * weight for name, loss in report.losses.items()}
        return report

    setattr(trainer, forward, weighed)
    return True
