"""Fusion models that go through the sequence as a whole, layer by layer, and then pool it."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from mmf_mixer.errors import InputError
from mmf_mixer.measures.register import EXPERTS_LOSS
from mmf_mixer.models.fusion import FusionModel
from mmf_mixer.modules.agreement import AgreementPool
from mmf_mixer.modules.bilinear import BilinearOpinion
from mmf_mixer.modules.dropout import Dropout
from mmf_mixer.modules.experts import HeadScores, ModalityExperts, OpinionPool
from mmf_mixer.modules.pooling import LearnedPooling
from mmf_mixer.modules.tokens import TokenSequence, masked_mean
from mmf_mixer.registered import has_label_groups, training_clips_of, training_positives_of


class SequenceFusion(FusionModel):
    """Layers over the sequence, then learned averages of all tokens. Subclasses differ in `mix`.

    Config besides the trunk's: `pools`, how many averages; 0 = one plain average over the tokens that exist. `experts`,
    how many averages of each modality's own tokens a head for it alone has; 0 = no such heads, and there are none for a
    single modality. `expert_channels` (E): the tokens have C + E channels, of which the layers read the first C and
    those heads the next E. `bilinear` (K): how many principal components of each modality a head multiplies with those
    of another; 0 = no such head, and there is none without `experts`; in evaluation the tokens have K channels more.
    `head_dropout`: of what the linear layers of the fusion's head and of those of modalities read.
    `agreement`: whether a modality may turn out not to belong to its clip, by what the others say; else the opinions of
    all heads count in every clip.

    The output has `expert_scores`, B x M x L, `expert_present`, B x M, and with `agreement` `expert_belief`, M, for the
    loss `label_groups_of_experts`. In training each head learns by its own loss, and `scores` are those of the fusion
    alone; in evaluation `scores` pool all heads, and the validation split decides what each weighs.

    Raises:
        InputError: `experts` without the loss that they learn by.
    """

    joint_heads = 1  # that have heard every modality

    def token_channels(self) -> int:
        config = self.config
        self.has_experts = bool(config.experts) and len(config.modalities) > 1
        self.multiplies = self.has_experts and bool(config.get("bilinear"))  # older configs have no such key
        return super().token_channels() + (int(config.expert_channels) if self.has_experts else 0)

    def build_fusion(self) -> None:
        config = self.config
        self._check_losses()
        self.build_layers()
        self.pooling: Callable[[Tensor, Tensor], Tensor] = masked_mean
        if config.pools:
            self.pooling = LearnedPooling(self.tokens.length, config.channels, config.pools)
            self.fused_width = config.pools * config.channels
        dropout = float(config.get("head_dropout", 0.0))  # older configs have no such key
        self.head_dropout = Dropout(dropout)
        if self.has_experts:
            slices = self.slices()
            self.experts = ModalityExperts(slices, config.expert_channels, config.experts, config.num_labels, dropout)
            self.joint_heads = 1 + self.multiplies
            heads = self.joint_heads + len(slices)
            if self.multiplies:
                widths = dict(zip(self.tokens.keys, self.tokens.widths, strict=True))
                self.bilinear = BilinearOpinion(slices, widths, config.bilinear, config.num_labels)
                self.register_load_state_dict_pre_hook(put_no_products)
            self.pool = (
                AgreementPool(heads, config.num_labels, self.joint_heads)
                if config.get("agreement")  # older configs have no such key
                else OpinionPool(heads, config.num_labels)
            )

    def build_layers(self) -> None:
        """Make the modules that `mix` uses."""
        raise NotImplementedError

    def mix(self, tokens: TokenSequence) -> Tensor:
        """The layers: tokens of C channels, `B x S x C -> B x S x C`."""
        raise NotImplementedError

    def encode(self, sample_list: Mapping[str, Tensor]) -> TokenSequence:
        if not self.multiplies:
            return super().encode(sample_list)
        features, masks = self.features(sample_list)
        tokens: TokenSequence = self.tokens(features, masks)
        if not self.training:
            products = self.bilinear.tokens_of(features, masks)
            return TokenSequence(torch.cat([tokens.values, products], dim=2), tokens.mask)
        if has_label_groups(dataset := str(sample_list.get("dataset_name"))):
            positives, clips = training_positives_of(dataset), training_clips_of(dataset)
            with torch.autocast(tokens.values.device.type, enabled=False):  # moments are sums of many small numbers
                self.bilinear.observe(features, masks, sample_list["targets"], positives, clips)
        return tokens

    def fuse(self, tokens: TokenSequence) -> Tensor:
        mixed = self.mix(TokenSequence(tokens.values[..., : self.channels], tokens.mask))
        pooled: Tensor = self.head_dropout(self.pooling(mixed, tokens.mask))
        return pooled

    def score(self, tokens: TokenSequence) -> Tensor:
        return self._pooled(self.heads_of(tokens))["scores"]

    def forward(self, sample_list: Mapping[str, Tensor]) -> dict[str, Tensor]:
        if "head_scores" in sample_list:  # the validation split has been judged, to fit the pool
            return self._pooled(HeadScores(sample_list["head_scores"], sample_list["head_present"]))
        return self._pooled(self.heads_of(self.encode(sample_list)))

    def heads_of(self, tokens: TokenSequence) -> HeadScores:
        """The scores of each of H heads: of the fusion, of the one that multiplies if there is one, of M modalities."""
        fused = super().score(tokens).unsqueeze(1)
        always = torch.ones_like(fused[..., 0], dtype=torch.bool)
        if not self.has_experts:
            return HeadScores(fused, always)
        own = slice(self.channels, self.channels + self.config.expert_channels)
        scores, present = self.experts(TokenSequence(tokens.values[..., own], tokens.mask))
        if self.multiplies:
            products = torch.zeros_like(fused)
            if not self.training:  # what it says then has no part in any loss
                products = self.bilinear(TokenSequence(tokens.values[..., own.stop :], tokens.mask)).unsqueeze(1)
            fused, always = torch.cat([fused, products], dim=1), always.expand(-1, 2)
        return HeadScores(torch.cat([fused, scores], dim=1), torch.cat([always, present], dim=1))

    def _pooled(self, heads: HeadScores) -> dict[str, Tensor]:
        scores, present = heads
        output = {
            "scores": self.pool(scores) if self.has_experts and not self.training else scores[:, 0],
            "expert_scores": scores[:, self.joint_heads :],
            "expert_present": present[:, self.joint_heads :],
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


def put_no_products(model: nn.Module, state: dict[str, Tensor], prefix: str, *_: object) -> None:
    """Fill the state of a model that did not multiply, as earlier versions have it, with a head that says nothing."""
    own = {f"{prefix}{name}": value for name, value in model.state_dict().items() if name.startswith("bilinear.")}
    weights = state.get(f"{prefix}pool.weights")
    if weights is not None and not own.keys() & state.keys():
        state |= own
        state[f"{prefix}pool.weights"] = torch.cat([weights[:1], torch.zeros_like(weights[:1]), weights[1:]])
