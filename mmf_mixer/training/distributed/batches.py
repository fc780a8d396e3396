"""How several processes train: each on its own share of every batch, as one process alone would on all of it.

MMF averages the processes' mean losses, however many samples each is of. Here losses and gradients are the same for any
number of processes, up to the rounding of a sum; that the batches are is the work of `training.order`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from types import ModuleType

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from mmf_mixer.compat.mending import mend
from mmf_mixer.data.clip import UNREADABLE
from mmf_mixer.errors import InputError
from mmf_mixer.processes import all_gather, is_distributed, rank, world_size
from mmf_mixer.protocols import Report
from mmf_mixer.releases import is_package_release
from mmf_mixer.training.distributed.shares import is_apart


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

            given, processes = get_global_config("training.batch_size"), world_size()
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
        own: int | None = stock(seed + rank() if seed and seed != -1 else seed)
        return own

    module.set_seed = set_seed  # type: ignore[attr-defined]
    return True


def weight_of_share(report: Report) -> Tensor:
    """What to multiply the mean loss of this process's share of a batch by, so that the mean over processes is the mean
    over samples. Clips that could not be read are no samples. Takes part in an all-reduce."""
    targets = report.get("targets")
    loss = next(iter(report.losses.values()))
    samples = torch.tensor(float(report.batch_size), device=loss.device)
    if isinstance(targets, Tensor) and targets.dim() == 2:
        samples = (targets[:, 0] != UNREADABLE).sum().to(samples)
    of_all = samples.clone()
    dist.all_reduce(of_all)
    return samples * world_size() / of_all.clamp(min=1)


def weigh_share(report: Report) -> None:
    """Weigh the losses of this process's share of a training batch; MMF averages shares as if they were of one size."""
    if is_distributed() and not is_apart():
        weight = weight_of_share(report)
        report.losses = {name: loss * weight for name, loss in report.losses.items()}


def samples_of_all(counts: list[int]) -> list[int]:
    """How many samples each of some batches has in all processes together; one batch alone is all, whatever it has."""
    if not is_distributed() or len(counts) == 1:
        return counts
    return [sum(of_batch) for of_batch in zip(*all_gather(counts), strict=True)]


@contextmanager
def gradients_stay_here(model: nn.Module, until_last: bool) -> Iterator[None]:
    """Meanwhile processes do not share the gradients of `model`; they do so once, with the last batch of an update."""
    if until_last and isinstance(model, DistributedDataParallel):
        with model.no_sync():
            yield
    else:
        yield
