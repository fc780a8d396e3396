"""How several processes evaluate a split: each its own share, and no sample twice.

MMF has every process evaluate an equal, padded part of a split and averages what they report. Here a process
evaluates its own share apart from the others, and the shares are joined at the end: predictions in the split's
order, metrics and losses as one process alone would have found them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from itertools import zip_longest
from types import ModuleType
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DistributedSampler

from mmf_mixer.compat.mending import mend
from mmf_mixer.errors import InputError
from mmf_mixer.processes import all_gather, is_distributed
from mmf_mixer.protocols import Batch, Meter, Trainer

T = TypeVar("T")
COLLECTIVES = (
    "broadcast_tensor",
    "gather_tensor",
    "gather_tensor_along_batch",
    "gather_tensor_along_batch_with_backward",
    "reduce_dict",
    "reduce_tensor",
)
_apart = False


def is_apart() -> bool:
    """True while this process evaluates its own share; what it finds must then be joined with `all_gather`."""
    return _apart


@contextmanager
def apart(trainer: Trainer) -> Iterator[None]:
    """Let this process evaluate `trainer.model` on its share without meeting the others at each batch.

    Shares may differ by a sample, hence by a batch, and whoever waited for the others there would wait for ever. So
    MMF's collectives do nothing meanwhile, and DistributedDataParallel, which sends rank 0's buffers to the others at
    each forward, steps aside after doing so once.
    """
    global _apart
    parallel = trainer.model
    if isinstance(parallel, DistributedDataParallel):
        for buffer in parallel.module.buffers():
            dist.broadcast(buffer, 0)
        trainer.model = parallel.module
    _apart = True
    try:
        yield
    finally:
        _apart = False
        trainer.model = parallel


def in_split_order(shares: Sequence[Sequence[T]]) -> list[T]:
    """Join lists with one entry per sample: of W processes, rank r has samples r, r + W, r + 2W, ..."""
    missing = object()
    return [row for rows in zip_longest(*shares, fillvalue=missing) for row in rows if row is not missing]  # type: ignore[misc]


def join_meter(meter: Meter) -> None:
    """Turn the averages in an MMF `Meter` from those of this process's share into those of all samples."""
    shares = all_gather({name: (float(value.total), value.total_samples) for name, value in meter.meters.items()})
    for name, value in meter.meters.items():
        totals, counts = zip(*(share[name] for share in shares), strict=True)
        value.reset()
        value.update(sum(totals) / sum(counts), sum(counts))


class OwnShare(DistributedSampler[Any]):
    """This process's samples of a split, in order; torch's own sampler repeats some to make all shares equal."""

    def __init__(self, dataset: Any, **kwargs: Any) -> None:
        super().__init__(dataset, **kwargs)
        if len(dataset) < self.num_replicas:
            raise InputError(
                f"The {dataset.dataset_type} split of {dataset.dataset_name} has {len(dataset)} samples, fewer than "
                f"the {self.num_replicas} processes that share it: start fewer processes or add samples."
            )

    def __iter__(self) -> Iterator[int]:
        return iter(self._indices())

    def __len__(self) -> int:
        return len(self._indices())

    def _indices(self) -> range:
        return range(self.rank, len(self.dataset), self.num_replicas)  # type: ignore[arg-type]


@mend("mmf.utils.distributed")
def collectives_rest_while_apart(module: ModuleType) -> bool:
    """MMF's processes meet at each batch of an evaluation, which forces equal, padded shares on them."""

    def unless_apart(stock: Callable[..., object]) -> Callable[..., object]:
        @wraps(stock)
        def collective(value: object, *args: object, **kwargs: object) -> object:
            return value if is_apart() else stock(value, *args, **kwargs)

        return collective

    for name in COLLECTIVES:
        if hasattr(module, name):
            setattr(module, name, unless_apart(getattr(module, name)))
    return True


def in_shares(trainer: Trainer, loop: Callable[[], Any]) -> Any:
    """What `loop` finds of a split, run by each process on its own share: the report, and the meter of all samples."""
    if not is_distributed():
        return loop()
    with apart(trainer):
        found = loop()
    if found is not None:  # prediction returns nothing
        join_meter(found[1])
    return found


@mend("mmf.modules.metrics")
def metrics_of_all_samples(module: ModuleType) -> bool:
    """Under torchrun MMF averages the processes' metrics, which is not the metric of all samples."""
    stock = module.Metrics.__call__

    @wraps(stock)
    def __call__(self: Any, sample_list: Batch, model_output: Batch, *args: object, **kwargs: object) -> object:
        if is_apart():  # then both are one and the same report, of this process's share
            for field in sorted(self.required_params):
                if isinstance(share := sample_list.get(field), Tensor):
                    shares = all_gather(share.cpu())  # tensors of one GPU must not turn up on another's
                    sample_list[field] = torch.cat(shares).to(share.device)
        return stock(self, sample_list, model_output, *args, **kwargs)

    module.Metrics.__call__ = __call__
    return True
