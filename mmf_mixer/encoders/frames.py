"""`resnet_frames`: each frame of a clip through a ResNet."""

from einops import rearrange
from mmf.common.registry import registry
from torch import Tensor

from mmf_mixer.encoders.backbone import ResNetEncoder


@registry.register_encoder("resnet_frames")
class ResNetFrames(ResNetEncoder):
    """`B x T x 3 x H x W -> B x T x D`, one token per frame; D is 512 for resnet18 and resnet34."""

    def encode(self, values: Tensor) -> Tensor:
        pooled = self.trunk(rearrange(values, "b t c h w -> (b t) c h w")).mean(dim=(2, 3))
        tokens: Tensor = rearrange(pooled, "(b t) d -> b t d", b=len(values))
        return tokens
