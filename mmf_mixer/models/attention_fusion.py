"""`attention_fusion`: the control of `mmf_mixer`; it attends where the Mixer mixes; without `agreement` by default."""

from mmf.common.registry import registry
from torch import Tensor, nn

from mmf_mixer.models.sequence_fusion import SequenceFusion
from mmf_mixer.modules.tokens import TokenSequence


@registry.register_model("attention_fusion")
class AttentionFusion(SequenceFusion):
    """The whole sequence through pre-norm Transformer layers.

    No token attends to one that is absent; in a clip without any, all attend to all. Config besides that of
    `SequenceFusion`: `blocks`, `heads`, `channel_width` (hidden width of each layer's MLP).
    """

    @classmethod
    def config_path(cls) -> str:
        return "configs/models/attention_fusion/defaults.yaml"

    def build_layers(self) -> None:
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

    def mix(self, tokens: TokenSequence) -> Tensor:
        values, nothing = tokens.values, ~tokens.mask.any(dim=1, keepdim=True)
        for block in self.blocks:
            values = block(values, src_key_padding_mask=~(tokens.mask | nothing))
        normed: Tensor = self.norm(values)
        return normed
