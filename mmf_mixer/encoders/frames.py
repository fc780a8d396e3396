"""`resnet_frames`: each frame of a clip through a ResNet."""

from dataclasses import dataclass

from einops import rearrange
from mmf.common.registry import registry
from torch import Tensor

from mmf_mixer.encoders.backbone import ResNetEncoder


@registry.register_encoder("resnet_frames")
class ResNetFrames(ResNetEncoder):
    """`B x T x 3 x H x W -> B x T x D`, one token per frame; D is 512 for resnet18 and resnet34.

    Without `pool`, `B x T*h*w x D`: the cells of each frame's h x w grid, row by row, which is 7 x 7 for 224 x 224.
    """

    by_frame = True

    @dataclass
    class Config(ResNetEncoder.Config):
        """`pool`: average each frame's grid; the other options are those of `TorchvisionEncoder`."""

        pool: bool = True

    def encode(self, values: Tensor) -> Tensor:
        grids = self.trunk(rearrange(values, "b t c h w -> (b t) c h w"))
        if self.options.pool:
            grids = grids.mean(dim=(2, 3), keepdim=True)
        tokens: Tensor = rearrange(grids, "(b t) d h w -> b (t h w) d", b=len(values))
        return tokens
