"""`resnet_audio`: a spectrogram as a picture, through a ResNet that keeps its grid."""

from einops import rearrange
from mmf.common.registry import registry
from torch import Tensor

from mmf_mixer.encoders.backbone import ResNetEncoder


@registry.register_encoder("resnet_audio")
class ResNetAudio(ResNetEncoder):
    """`B x 3 x 224 x 224 -> B x 49 x D`: the 7 x 7 cells of the picture, row by row (frequency, then time)."""

    def encode(self, values: Tensor) -> Tensor:
        tokens: Tensor = rearrange(self.trunk(values), "b d h w -> b (h w) d")
        return tokens
