"""Fusion models that go through the sequence as a whole, layer by layer, and then pool it."""

from collections.abc import Mapping

import torch
from torch import Tensor

from mmf_mixer.models.fusion import FusionModel
from mmf_mixer.modules.experts import ModalityExperts, OpinionPool, Opinions
from mmf_mixer.modules.pooling import LearnedPooling
from mmf_mixer.modules.tokens import TokenSequence, masked_mean


class SequenceFusion(FusionModel):
    """Layers over the sequence, then learned averages of all tokens. Subclasses differ in `mix`.

    Config besides the trunk's: `pools`, how many averages; 0 = one plain average over the tokens that exist. `experts`,
    how many averages of each modality's own tokens a head for it alone has, whose scores are added; 0 = no such heads,
    and there are none for a single modality. The output has `expert_scores`, B x M x L, and `expert_present`, B x M,
    for the loss `label_groups_of_experts`; what each head weighs in `scores`, the validation split decides.
    """

    def build_fusion(self) -> None:
        config = self.config
        self.build_layers()
        if config.pools:
            self.pooling = LearnedPooling(self.tokens.length, config.pools)
            self.fused_width = config.pools * config.channels
        slices = self.slices()
        self.has_experts = bool(config.experts) and len(slices) > 1
        if self.has_experts:
            self.experts = ModalityExperts(slices, config.channels, config.experts, config.num_labels)
            self.pool = OpinionPool(1 + len(slices), config.num_labels)

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

    def score(self, tokens: TokenSequence) -> Tensor:
        return self._judge(tokens)["scores"]

    def forward(self, sample_list: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return self._judge(self.encode(sample_list))

    def opinions_of(self, tokens: TokenSequence) -> Opinions:
        """What each of the H = 1 + M heads says, that of the fusion first."""
        fused = super().score(tokens).unsqueeze(1)
        always = torch.ones_like(fused[..., 0], dtype=torch.bool)
        if not self.has_experts:
            return Opinions(fused, always)
        scores, present = self.experts(tokens)
        return Opinions(torch.cat([fused, scores], dim=1), torch.cat([always, present], dim=1))

    def _judge(self, tokens: TokenSequence) -> dict[str, Tensor]:
        scores, present = self.opinions_of(tokens)
        return {
            "scores": self.pool(scores) if self.has_experts else scores[:, 0],
            "expert_scores": scores[:, 1:],
            "expert_present": present[:, 1:],
        }
