"""`mmf_mixer`: fusion by an MLP-Mixer."""

from mmf.common.registry import registry
from torch import Tensor

from mmf_mixer.models.fusion import FusionModel
from mmf_mixer.modules.mixer import Mixer
from mmf_mixer.modules.tokens import TokenSequence, masked_mean


@registry.register_model("mmf_mixer")
class MMFMixer(FusionModel):
    """The whole sequence through a stack of Mixer layers, then the average of the tokens that exist.

    Config besides the trunk's: `blocks`, `token_width` (hidden width of the token MLP), `channel_width`.
    """

    @classmethod
    def config_path(cls) -> str:
        return "configs/models/mmf_mixer/defaults.yaml"

    def build_fusion(self) -> None:
        config = self.config
        self.mixer = Mixer(
            config.blocks, self.tokens.length, config.channels, config.token_width, config.channel_width, config.dropout
        )

    def fuse(self, tokens: TokenSequence) -> Tensor:
        return masked_mean(self.mixer(tokens.values), tokens.mask)
