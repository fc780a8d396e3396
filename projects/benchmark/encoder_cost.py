"""How much faster frozen convolutions are in each way that `mmf_mixer extract` may choose, as ratios of one run:
`python projects/benchmark/encoder_cost.py`. Random weights, one core, the processor's seconds, all ways in turn."""

import argparse

import torch
from timing import one_thread, ratio, rounds

from mmf_mixer.encoders.base import TokenEncoder
from mmf_mixer.encoders.faster import WAYS, remade
from mmf_mixer.encoders.frames import ResNetFrames
from mmf_mixer.encoders.video import R3DVideo


@torch.inference_mode()
def compare(name: str, encoder: TokenEncoder, clip: torch.Tensor, repeats: int) -> None:
    """Print how many times as long the encoder as it is takes as each way, and by which part of the largest number
    their tokens differ."""
    clock = one_thread("cpu")
    expected = encoder.encode(clip)
    sides = {way: remade(encoder, *how) for way, how in WAYS.items()}
    plain, *seconds = rounds(
        *(lambda side=side: side.encode(clip) for side in (encoder, *sides.values())), repeats=repeats, clock=clock
    )
    for (way, side), spent in zip(sides.items(), seconds, strict=True):
        difference = float((side.encode(clip) - expected).abs().max() / expected.abs().max())
        print(f"{name}, {way}: {ratio(plain, spent)} times as fast, differs by {difference:.0e}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    compare("ResNet34, 16 frames", ResNetFrames({"weights": "none"}), torch.randn(1, 16, 3, 224, 224), repeats)
    compare("R3D-18, 16 frames", R3DVideo({"weights": "none"}), torch.randn(1, 16, 3, 112, 112), repeats)
