"""`attention_fusion`: the control of `mmf_mixer`, alike in all but this: it attends where the Mixer mixes."""

from mmf.common.registry import registry
from torch import Tensor, nn

from mmf_mixer.models.fusion import FusionModel
from mmf_mixer.modules.tokens import TokenSequence, masked_mean


@registry.register_model("attention_fusion")
class AttentionFusion(FusionModel):
    """The whole sequence through pre-norm Transformer layers, then the average of the tokens that exist.

    No token attends to one that is absent; in a clip without any, all attend to all. Config besides the trunk's:
    `blocks`, `heads`, `channel_width` (hidden width of each layer's MLP).
    """

    @classmethod
    def config_path(cls) -> str:
        return "configs/models/attention_fusion/defaults.yaml"

    def build_fusion(self) -> None:
        config = self.config

        def block() -> nn.Module:
            return nn.TransformerEncoderLayer(
                config.channels,
                config.heads,
                config.channel_width,
                config.dropout,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )

        self.blocks = nn.ModuleList(block() for _ in range(config.blocks))
        self.norm = nn.LayerNorm(config.channels)

    def fuse(self, tokens: TokenSequence) -> Tensor:
        values, nothing = tokens.values, ~tokens.mask.any(dim=1, keepdim=True)
        for block in self.blocks:
            values = block(values, src_key_padding_mask=~(tokens.mask | nothing))
        return masked_mean(self.norm(values), tokens.mask)
