"""All XLA devices of a machine, such as the cores of a TPU, as one: the SPMD mode of torch_xla.

The process of a machine holds one device, `xla:0`. XLA itself splits each batch over the real ones and joins their
gradients, so that the rest of a training knows of none of this: batches, losses and metrics are those of one device.
See https://docs.pytorch.org/xla/master/perf/spmd_basic.html.
"""

from importlib.util import find_spec

import torch
from torch import Tensor, nn

from mmf_mixer.errors import InputError
from mmf_mixer.protocols import Batch, Json


def all_xla_devices() -> torch.device:
    """The one device that stands for all of them. Raises InputError where torch_xla is not installed."""
    if find_spec("torch_xla") is None:
        raise InputError("training.device=xla needs torch_xla: install it, with the torch that it asks for.")
    import numpy as np
    import torch_xla
    import torch_xla.distributed.spmd as spmd
    import torch_xla.runtime as runtime

    runtime.use_spmd()
    count = runtime.global_runtime_device_count()
    spmd.set_global_mesh(spmd.Mesh(np.arange(count), (count,), ("batch",)))
    device: torch.device = torch_xla.device()
    return device


def split(batch: Batch, device: torch.device) -> Batch:
    """Move an MMF sample list to the devices, an equal part of each tensor to each of them.

    A last batch that they do not divide goes to all of them whole.
    """
    import torch_xla.distributed.spmd as spmd

    batch, mesh = batch.to(device), spmd.get_global_mesh()
    for value in batch.values():
        if isinstance(value, Tensor) and value.dim() and len(value) % mesh.size() == 0:
            spmd.mark_sharding(value, mesh, ("batch", *[None] * (value.dim() - 1)))
    return batch


def run_each_step(optimizer: torch.optim.Optimizer) -> None:
    """Have XLA, which only takes notes until asked, run what it has noted after each step of the optimizer."""
    import torch_xla

    optimizer.register_step_post_hook(lambda *_: torch_xla.sync())


def save_as_on_cpu(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Let their state be given out in tensors of the CPU, so that a checkpoint can be read on any machine."""

    def weights(_: nn.Module, state: Json, prefix: str, metadata: object) -> None:
        state.update({name: _on_cpu(value) for name, value in state.items()})

    def moments(_: torch.optim.Optimizer, state: Json) -> Json:
        return {**state, "state": _on_cpu(state["state"])}

    model.register_state_dict_post_hook(weights)  # type: ignore[no-untyped-call]
    optimizer.register_state_dict_post_hook(moments)


def _on_cpu(value: object) -> object:
    if isinstance(value, dict):
        return {name: _on_cpu(entry) for name, entry in value.items()}
    return value.cpu() if isinstance(value, Tensor) else value
