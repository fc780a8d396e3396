"""`attention_fusion`: the control of `mmf_mixer`; it attends where the Mixer mixes; without `agreement` by default."""

from mmf.common.registry import registry
from omegaconf import DictConfig
from torch import Tensor, nn

from mmf_mixer.models.sequence_fusion import SequenceFusion
from mmf_mixer.modules.tokens import TokenSequence, existing


def attention_layers(config: DictConfig, count: int) -> nn.ModuleList:
    """Pre-norm Transformer layers of `channels`, `heads`, `channel_width` and `dropout`."""
    return nn.ModuleList(
        nn.TransformerEncoderLayer(
            config.channels,
            config.heads,
            config.channel_width,
            config.dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        for _ in range(count)
    )


def attended(layers: nn.Module, values: Tensor, mask: Tensor) -> Tensor:
    """Tokens through these layers, attending to those that exist, or to all where none does: `B x S x C, B x S`."""
    hidden = ~existing(mask)
    for layer in layers.children():
        values = layer(values, src_key_padding_mask=hidden)
    return values


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
        self.blocks = attention_layers(self.config, self.config.blocks)
        self.norm = nn.LayerNorm(self.config.channels)

    def mix(self, tokens: TokenSequence) -> Tensor:
        normed: Tensor = self.norm(attended(self.blocks, *tokens))
        return normed
