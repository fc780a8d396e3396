"""`mmf_mixer`: fusion by an MLP-Mixer."""

from mmf.common.registry import registry
from torch import Tensor

from mmf_mixer.models.fusion import FusionModel
from mmf_mixer.modules.mixer import Mixer
from mmf_mixer.modules.pooling import LearnedPooling
from mmf_mixer.modules.tokens import TokenSequence, masked_mean


@registry.register_model("mmf_mixer")
class MMFMixer(FusionModel):
    """The whole sequence through a stack of Mixer layers, then learned averages of all tokens.

    Config besides the trunk's: `blocks`, `token_width` (hidden width of the token MLP), `channel_width`, `pools` (how
    many averages; 0 = one plain average over the tokens that exist, as in the paper).
    """

    @classmethod
    def config_path(cls) -> str:
        return "configs/models/mmf_mixer/defaults.yaml"

    def build_fusion(self) -> None:
        config = self.config
        self.mixer = Mixer(
            config.blocks, self.tokens.length, config.channels, config.token_width, config.channel_width, config.dropout
        )

        if config.pools:
            self.pooling = LearnedPooling(self.tokens.length, config.pools)
            self.fused_width = config.pools * config.channels

    def fuse(self, tokens: TokenSequence) -> Tensor:
        mixed = self.mixer(tokens.values)
        pooled: Tensor = self.pooling(mixed) if self.config.pools else masked_mean(mixed, tokens.mask)
        return pooled
