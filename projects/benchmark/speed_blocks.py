"""Our Mixer layer beside timm's and that of mlp-mixer-pytorch, as ratios measured in one run:
`python projects/benchmark/speed_blocks.py [--device cuda] [--compiled]`.

Same shapes, one thread; the fraction of the machine's peak is taken from a large matrix product in the same rounds.
"""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from statistics import median
from typing import Any, NamedTuple

import torch
from timing import measure, one_thread, ratio, rounds
from torch import Tensor, nn

from mmf_mixer.modules.mixer import MixerBlock

REPEATS, LARGE = 15, 1024  # rounds; side of the matrices that show the peak


class Shape(NamedTuple):
    """A batch of B sequences of S tokens x C channels, and the hidden widths of the two MLPs."""

    batch: int
    tokens: int
    channels: int
    token_width: int
    channel_width: int

    @property
    def forward_flops(self) -> int:
        """Of the four matrix products: 4 S C (Ds + Dc) for each sample."""
        return 4 * self.batch * self.tokens * self.channels * (self.token_width + self.channel_width)


SHAPES = (
    Shape(32, 90, 128, 64, 256),  # the defaults of mmf_mixer
    Shape(4, 196, 512, 256, 2048),  # Mixer-S/16 of the paper
    Shape(1, 1024, 512, 512, 1024),
)


def blocks(shape: Shape, dropout: float) -> dict[str, nn.Module]:
    """One layer of that shape by each library."""
    if find_spec("timm") is None or find_spec("mlp_mixer_pytorch") is None:
        raise SystemExit("This script compares with two more libraries: pip install --no-deps timm mlp-mixer-pytorch")
    from mlp_mixer_pytorch.mlp_mixer_pytorch import FeedForward, PreNormResidual
    from timm.models.mlp_mixer import MixerBlock as TimmBlock

    _, tokens, channels, token_width, channel_width = shape
    pointwise = partial(nn.Conv1d, kernel_size=1)
    return {
        "ours": MixerBlock(tokens, channels, token_width, channel_width, dropout),
        "timm": TimmBlock(channels, tokens, mlp_ratio=(token_width / channels, channel_width / channels), drop=dropout),
        "mlp-mixer-pytorch": nn.Sequential(
            PreNormResidual(channels, FeedForward(tokens, token_width, dropout, pointwise)),
            PreNormResidual(channels, FeedForward(channels, channel_width, dropout)),
        ),
    }


def inference(block: Callable[[Tensor], Tensor], sequence: Tensor) -> None:
    """Forward alone."""
    with torch.inference_mode():
        block(sequence)


def training(block: Callable[[Tensor], Tensor], sequence: Tensor) -> None:
    """Forward, and backward to the weights and the input."""
    block(sequence).square().mean().backward()


def main(device: str, compiled: bool) -> None:
    """Print a row for each shape and way."""
    clock = one_thread(device)
    print("| B x S x C, widths | pass | ours / timm | ours / mlp-mixer-pytorch | ours, of the peak |")
    print("| --- | --- | ---: | ---: | ---: |")
    ways: tuple[tuple[str, Any, float, int], ...] = (
        ("forward", inference, 0.0, 1),
        ("forward + backward", training, 0.0, 3),
        ("forward + backward, dropout 0.1", training, 0.1, 3),
    )
    matrix = torch.randn(LARGE, LARGE, device=device)
    for shape in SHAPES:
        sequence = torch.randn(shape[:3], device=device, requires_grad=True)
        for name, way, dropout, passes in ways:
            torch.compiler.reset()  # so that torch compiles for this shape and way, not for all so far
            layers = [block.to(device) for block in blocks(shape, dropout).values()]
            calls = [torch.compile(layer, fullgraph=True) if compiled else layer for layer in layers]
            sides = [partial(way, call, sequence) for call in calls]
            *seconds, product = rounds(*sides, partial(torch.mm, matrix, matrix), repeats=REPEATS, clock=clock)
            ours, timm, other = seconds
            share = passes * shape.forward_flops / median(ours) / (2 * LARGE**3 / median(product))
            size = "{} x {} x {}, {} and {}".format(*shape)
            print(f"| {size} | {name} | {ratio(ours, timm)} | {ratio(ours, other)} | {share:.0%} |", flush=True)


if __name__ == "__main__":
    measure(main, __doc__)
