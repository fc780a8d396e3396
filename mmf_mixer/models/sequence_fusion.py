"""Fusion models that go through the sequence as a whole, layer by layer, and then pool it."""

from torch import Tensor

from mmf_mixer.models.fusion import FusionModel
from mmf_mixer.modules.pooling import LearnedPooling
from mmf_mixer.modules.tokens import TokenSequence, masked_mean


class SequenceFusion(FusionModel):
    """Layers over the sequence, then learned averages of all tokens. Subclasses differ in `mix`.

    Config besides the trunk's: `pools`, how many averages; 0 = one plain average over the tokens that exist.
    """

    def build_fusion(self) -> None:
        config = self.config
        self.build_layers()
        if config.pools:
            self.pooling = LearnedPooling(self.tokens.length, config.pools)
            self.fused_width = config.pools * config.channels

    def build_layers(self) -> None:
        """Make the modules that `mix` uses."""
        raise NotImplementedError

    def mix(self, tokens: TokenSequence) -> Tensor:
        """The layers: `B x S x C -> B x S x C`."""
        raise NotImplementedError

    def fuse(self, tokens: TokenSequence) -> Tensor:
        mixed = self.mix(tokens)
        pooled: Tensor = self.pooling(mixed) if self.config.pools else masked_mean(mixed, tokens.mask)
        return pooled
