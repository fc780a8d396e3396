"""`conv3d_video`: a small 3-D convolution front end that is trained together with the fusion."""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch
from einops import rearrange
from mmf.common.registry import registry
from torch import Tensor, nn

from mmf_mixer.encoders.base import TokenEncoder
from mmf_mixer.encoders.weights import load_weights, part_for, read_weights
from mmf_mixer.errors import InputError

WIDTHS = (32, 64, 96)
GRID = (2, 4)  # of each token's picture: lips are wider than high


@registry.register_encoder("conv3d_video")
class Conv3dVideo(TokenEncoder):
    """`B x T x c x H x W -> B x T/stride x 768`, for subjects that ImageNet and Kinetics know little about.

    Three convolutions over time and picture, as in the front end of LipNet (Assael et al., 2016,
    https://arxiv.org/abs/1611.01599), with batch normalisation. A token is what is left of the picture, 96 channels on
    a grid of 2 x 4 cells, standardised: what all pictures have in common would drown the little in which they differ.
    T/stride is rounded up.

    Raises:
        InputError: pictures of another number of channels than `channels`, or weights of another network.
    """

    @dataclass
    class Config:
        """`channels`: 1 for grey pictures, 3 for RGB; `stride`: frames per token; `dropout`: of whole channels;
        `weights`: none, or the path of a state dict, be it of a whole model that has such an encoder, as MMF writes
        at the end of a run (`…_final.pth`); `trainable`: train it with the fusion."""

        channels: int = 1
        stride: int = 3
        dropout: float = 0.15
        weights: str = "none"
        trainable: bool = True

    def __init__(self, config: Any = None) -> None:
        super().__init__(config)
        first, second, third = WIDTHS
        options = self.options
        self.layers = nn.Sequential(
            nn.Conv3d(options.channels, first, 5, stride=(options.stride, 2, 2), padding=2, bias=False),
            nn.BatchNorm3d(first),
            nn.ReLU(),
            nn.MaxPool3d((1, 2, 2)),
            nn.Conv3d(first, second, 3, padding=1, bias=False),
            nn.BatchNorm3d(second),
            nn.ReLU(),
            nn.Dropout3d(options.dropout),
            nn.AdaptiveMaxPool3d((None, *GRID)),
            nn.Conv3d(second, third, 3, padding=1, bias=False),
            nn.BatchNorm3d(third),
            nn.ReLU(),
            nn.Dropout3d(options.dropout),
        ).to(memory_format=torch.channels_last_3d)  # a quarter faster on a CPU
        self.out_dim = third * prod(GRID)
        self.standardise = nn.BatchNorm1d(self.out_dim, affine=False)
        if options.weights != "none":
            path = Path(options.weights).expanduser()
            load_weights(self, part_for(self, read_weights(path)), path)
        if not options.trainable:
            self.freeze()

    def encode(self, values: Tensor) -> Tensor:
        if values.shape[2] != self.options.channels:
            raise InputError(
                f"conv3d_video: its pictures have {values.shape[2]} channels, but its option channels is "
                f"{self.options.channels}; set channels to {values.shape[2]}, or make the pictures grey or RGB."
            )
        clip = rearrange(values, "b t c h w -> b c t h w").contiguous(memory_format=torch.channels_last_3d)
        tokens: Tensor = self.standardise(rearrange(self.layers(clip), "b c t h w -> b (c h w) t"))
        return rearrange(tokens, "b d t -> b t d")
