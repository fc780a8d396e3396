"""A frozen network of convolutions as this machine runs it fastest: norms folded in, channels last, or as it is."""

import time
from copy import deepcopy
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, nn
from torch.fx.experimental.optimization import fuse

from mmf_mixer.encoders.base import encode_once

TOLERANCE = 1e-4  # of the largest number: what differs by less counts as the same features
WORTH = 1.03  # times as fast, or it stays as it is
ROUNDS = 3
WAYS = {  # whether norms are folded, and channels last
    "norms folded": (True, False),
    "channels last": (False, True),
    "norms folded and channels last": (True, True),
}
CONVOLUTIONS = nn.Conv1d | nn.Conv2d | nn.Conv3d


Network = TypeVar("Network", bound=nn.Module)


class Choice(NamedTuple):
    """What was chosen on one clip: how many times as fast it is, and by which part of the largest number it differs."""

    way: str = "as it is"
    speed: float = 1.0
    deviation: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.way}, {self.speed:.2f} times as fast, differs by {self.deviation:.0e} of the largest number at most"
        )


@torch.inference_mode()
def fastest(encoder: nn.Module, media: Tensor) -> tuple[nn.Module, Choice]:
    """The encoder, or a copy that gives the same tokens of `media`, 1 x …, sooner.

    What is mostly something else than convolutions, or not on a CPU, stays as it is.
    """
    if media.device.type != "cpu" or not _is_of_convolutions(encoder):
        return encoder, Choice()
    expected = encode_once(encoder, media)
    ways, deviations = {Choice().way: encoder}, {Choice().way: 0.0}
    for way, how in WAYS.items():
        try:
            other = remade(encoder, *how)
            found = float((encode_once(other, media) - expected).abs().max() / expected.abs().max())
        except Exception:  # torch.fx cannot follow every network, and no format fits them all
            continue
        if found <= TOLERANCE:
            ways[way], deviations[way] = other, found
    seconds = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for way, side in ways.items():
            start = time.process_time()
            encode_once(side, media)
            seconds[way] = min(seconds[way], time.process_time() - start)
    best = min(seconds, key=seconds.__getitem__)
    speed = seconds[Choice().way] / seconds[best]
    return (ways[best], Choice(best, speed, deviations[best])) if speed >= WORTH else (encoder, Choice())


def remade(encoder: Network, folded: bool, last: bool) -> Network:
    """A copy of a frozen encoder with its batch norms folded into the convolutions before them, its weights in the
    format that has channels last, or both. Raises what torch.fx does of a network that it cannot follow."""
    made = deepcopy(encoder)
    if folded:
        for part in made.modules():
            if type(part).forward is nn.Conv3d.forward:
                part.__class__ = nn.Conv3d  # torchvision's subclasses, whose names `fuse` does not know
        for name, part in list(made.named_children()):
            setattr(made, name, fuse(part))
    if last:
        deep = any(isinstance(part, nn.Conv3d) for part in made.modules())
        made.to(memory_format=torch.channels_last_3d if deep else torch.channels_last)
    return made


def _is_of_convolutions(encoder: nn.Module) -> bool:
    """Whether convolutions hold most of its weights: copies of others would cost memory and gain nothing."""
    held = sum(part.weight.numel() for part in encoder.modules() if isinstance(part, CONVOLUTIONS))
    return held > sum(weight.numel() for weight in encoder.parameters()) / 2
