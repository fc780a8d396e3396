"""Dropout that does not wait for the CPU's random numbers."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

LEVELS = 2**16  # of a random 16-bit integer


class Dropout(nn.Dropout):
    """`torch.nn.Dropout`, several times faster in training on a CPU: any shape, unchanged.

    There, torch draws each element's fate by itself, which takes longer than the matrix product beside it, and
    remembers it in four bytes. Here one draw of 64 bits decides on four elements, each kept if its 16 bits are below a
    threshold, and remembered in one byte. That rounds the share kept to a multiple of 1/65536; what is kept is divided
    by the rounded share, so that the mean stays exact. `torch.compile` calls it as it is. Other devices have a fused
    dropout of their own, which is left to them.
    """

    def forward(self, input: Tensor) -> Tensor:
        kept = round(LEVELS * (1 - self.p))
        if not self.training or not 0 < kept < LEVELS or input.device.type != "cpu":
            return super().forward(input)
        dropped: Tensor = some_of(input, kept)[0]
        return dropped


@torch.library.custom_op("mmf_mixer::some_of", mutates_args=(), tags=torch.Tag.nondeterministic_seeded)
def some_of(input: Tensor, kept: int) -> tuple[Tensor, Tensor]:
    """`input` with about `kept` of 65536 elements kept and scaled up, the others 0; and which are kept."""
    draws = torch.empty(-(-input.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
    levels = draws.numpy().view(np.int16)[: input.numel()]  # which NumPy compares ten times as fast as torch
    keep = torch.from_numpy(levels < kept - LEVELS // 2).view(input.shape)
    return _masked(input, keep, kept), keep


@torch.library.custom_op("mmf_mixer::same_of", mutates_args=())
def same_of(grad: Tensor, keep: Tensor, kept: int) -> Tensor:
    """The gradient of what was kept."""
    return _masked(grad, keep, kept)


@some_of.register_fake
def _(input: Tensor, kept: int) -> tuple[Tensor, Tensor]:
    return input.new_empty(input.shape), input.new_empty(input.shape, dtype=torch.bool)


@same_of.register_fake
def _(grad: Tensor, keep: Tensor, kept: int) -> Tensor:
    return grad.new_empty(keep.shape)


def _remember(ctx: Any, inputs: tuple[Tensor, int], output: tuple[Tensor, Tensor]) -> None:
    ctx.kept = inputs[1]
    ctx.save_for_backward(output[1])


def _backward(ctx: Any, grad: Tensor, _: None) -> tuple[Tensor, None]:
    [keep] = ctx.saved_tensors
    return same_of(grad, keep, ctx.kept), None


some_of.register_autograd(_backward, setup_context=_remember)


def _masked(values: Tensor, keep: Tensor, kept: int) -> Tensor:
    scaled = keep.view(torch.uint8).to(values.dtype).mul_(LEVELS / kept)  # bytes become floats faster than bools
    return scaled.mul_(values)
