"""`r3d_video`: a clip of consecutive frames through a ResNet whose convolutions see motion."""

from dataclasses import dataclass

from einops import rearrange
from mmf.common.registry import registry
from torch import Tensor

from mmf_mixer.encoders.backbone import TorchvisionEncoder


@registry.register_encoder("r3d_video")
class R3DVideo(TorchvisionEncoder):
    """`B x T x 3 x H x W -> B x T' x 512`, averaged over the picture.

    T' is T/8, rounded up, for r3d_18 and r2plus1d_18, and T for mc3_18, whose later convolutions are flat. Tran et
    al. (2018), https://arxiv.org/abs/1711.11248. The weights are those of Kinetics-400, learned on 16 frames of 112 x
    112 at 15 per second, of mean 0.43216 0.394666 0.37645 and deviation 0.22803 0.22145 0.216989.
    """

    @dataclass
    class Config(TorchvisionEncoder.Config):
        """`arch`: r3d_18, mc3_18 or r2plus1d_18; the other options are those of `TorchvisionEncoder`."""

        arch: str = "r3d_18"

    archs = ["r3d_18", "mc3_18", "r2plus1d_18"]

    def encode(self, values: Tensor) -> Tensor:
        maps = self.trunk(rearrange(values, "b t c h w -> b c t h w"))
        tokens: Tensor = rearrange(maps.mean(dim=(3, 4)), "b d t -> b t d")
        return tokens
