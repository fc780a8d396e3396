"""Fusion models that go through the sequence as a whole, layer by layer, and then pool it."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from mmf_mixer.errors import InputError
from mmf_mixer.measures.register import EXPERTS_LOSS
from mmf_mixer.models.fusion import FusionModel
from mmf_mixer.modules.agreement import AgreementPool
from mmf_mixer.modules.experts import HeadScores, ModalityExperts, OpinionPool
from mmf_mixer.modules.pooling import LearnedPooling
from mmf_mixer.modules.tokens import TokenSequence, masked_mean


class SequenceFusion(FusionModel):
    """Layers over the sequence, then learned averages of all tokens. Subclasses differ in `mix`.

    Config besides the trunk's: `pools`, how many averages; 0 = one plain average over the tokens that exist. `experts`,
    how many averages of each modality's own tokens a head for it alone has; 0 = no such heads, and there are none for a
    single modality. `expert_channels` (E): the tokens have C + E channels, of which the layers read the first C and
    those heads the last E. `agreement`: whether a modality may turn out not to belong to its clip, by what the others
    say; else the opinions of all heads count in every clip.

    The output has `expert_scores`, B x M x L, `expert_present`, B x M, and with `agreement` `expert_belief`, M, for the
    loss `label_groups_of_experts`. In training each head learns by its own loss, and `scores` are those of the fusion
    alone; in evaluation `scores` pool all heads, and the validation split decides what each weighs.

    Raises:
        InputError: `experts` without the loss that they learn by.
    """

    def token_channels(self) -> int:
        config = self.config
        self.has_experts = bool(config.experts) and len(config.modalities) > 1
        return super().token_channels() + (int(config.expert_channels) if self.has_experts else 0)

    def build_fusion(self) -> None:
        config = self.config
        self._check_losses()
        self.build_layers()
        self.pooling: Callable[[Tensor, Tensor], Tensor] = masked_mean
        if config.pools:
            self.pooling = LearnedPooling(self.tokens.length, config.channels, config.pools)
            self.fused_width = config.pools * config.channels
        if self.has_experts:
            slices = self.slices()
            self.experts = ModalityExperts(slices, config.expert_channels, config.experts, config.num_labels)
            kind = AgreementPool if config.get("agreement") else OpinionPool  # older configs have no such key
            self.pool = kind(1 + len(slices), config.num_labels)

    def build_layers(self) -> None:
        """Make the modules that `mix` uses."""
        raise NotImplementedError

    def mix(self, tokens: TokenSequence) -> Tensor:
        """The layers: tokens of C channels, `B x S x C -> B x S x C`."""
        raise NotImplementedError

    def fuse(self, tokens: TokenSequence) -> Tensor:
        mixed = self.mix(TokenSequence(tokens.values[..., : self.channels], tokens.mask))
        return self.pooling(mixed, tokens.mask)

    def score(self, tokens: TokenSequence) -> Tensor:
        return self._pooled(self.heads_of(tokens))["scores"]

    def forward(self, sample_list: Mapping[str, Tensor]) -> dict[str, Tensor]:
        if "head_scores" in sample_list:  # the validation split has been judged, to fit the pool
            return self._pooled(HeadScores(sample_list["head_scores"], sample_list["head_present"]))
        return self._pooled(self.heads_of(self.encode(sample_list)))

    def heads_of(self, tokens: TokenSequence) -> HeadScores:
        """The scores of each of the H = 1 + M heads, those of the fusion first."""
        fused = super().score(tokens).unsqueeze(1)
        always = torch.ones_like(fused[..., 0], dtype=torch.bool)
        if not self.has_experts:
            return HeadScores(fused, always)
        scores, present = self.experts(TokenSequence(tokens.values[..., self.channels :], tokens.mask))
        return HeadScores(torch.cat([fused, scores], dim=1), torch.cat([always, present], dim=1))

    def _pooled(self, heads: HeadScores) -> dict[str, Tensor]:
        scores, present = heads
        output = {
            "scores": self.pool(scores) if self.has_experts and not self.training else scores[:, 0],
            "expert_scores": scores[:, 1:],
            "expert_present": present[:, 1:],
        }
        if self.has_experts and isinstance(self.pool, AgreementPool):
            output["expert_belief"] = self.pool.belief
        return output

    def _check_losses(self) -> None:
        if self.has_experts and EXPERTS_LOSS not in [loss.type for loss in self.config.losses]:
            raise InputError(
                f"model_config.{self.config.model}: its heads for single modalities learn by the loss {EXPERTS_LOSS}, "
                "which `losses` lacks; add it, or set experts: 0."
            )
