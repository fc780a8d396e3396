"""The processes of a run: whether there are several, which of them this is, and what they tell each other."""

from typing import Any, TypeVar

import torch.distributed as dist

T = TypeVar("T")


def is_distributed() -> bool:
    """True in each process of a run that has several."""
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def rank() -> int:
    """Which process this is, from 0; 0 if it is alone."""
    return dist.get_rank() if is_distributed() else 0


def world_size() -> int:
    """How many processes the run has."""
    return dist.get_world_size() if is_distributed() else 1


def is_main_process() -> bool:
    """True in the process that prints and writes files. MMF is asked, which knows processes on TPUs too."""
    from mmf.utils.distributed import is_master

    return bool(is_master())


def all_gather(value: T) -> list[T]:
    """The values with which all processes call this, by rank. They must all call it."""
    if not is_distributed():
        return [value]
    values: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(values, value)
    return values
