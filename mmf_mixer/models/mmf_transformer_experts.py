"""`mmf_transformer_experts`: MMFTransformer with the Mixer's heads, to tell what these bring from what mixing does."""

from collections.abc import Mapping

import torch
from mmf.common.registry import registry
from omegaconf import OmegaConf
from torch import Tensor, nn

from mmf_mixer.errors import InputError
from mmf_mixer.models.mmf_transformer import MMFTransformer
from mmf_mixer.models.sequence_fusion import SequenceFusion
from mmf_mixer.modules.tokens import TokenSequence


@registry.register_model("mmf_transformer_experts")
class MMFTransformerExperts(SequenceFusion):
    """The plugin's MMFTransformer, and beside it a head for each modality on tokens of its own, as in `SequenceFusion`.

    Config: that of `mmf_transformer`, with `channels` those of its BERT, and `experts`, `expert_channels`, `dropout`.

    Raises:
        InputError: `channels` are not those of `transformer_base`.
    """

    @classmethod
    def config_path(cls) -> str:
        """Where the default options are."""
        return "configs/models/mmf_transformer_experts/defaults.yaml"

    def build(self) -> None:
        super().build()
        self.head = nn.Identity()  # the transformer has its own

    def token_channels(self) -> int:
        return super().token_channels() - int(self.config.channels)  # BERT embeds its tokens itself

    def build_layers(self) -> None:
        bare = [{**entry, "encoder": None} for entry in self.config.modalities]  # for encoding is done before
        self.transformer = MMFTransformer(OmegaConf.merge(self.config, {"modalities": bare}))
        self.transformer.build()
        if self.channels != (width := self.transformer.backend.width):
            raise InputError(
                f"model_config.mmf_transformer_experts.channels is {self.channels}, but the BERT of transformer_base "
                f"has {width}; set channels: {width}."
            )

    def encode(self, sample_list: Mapping[str, Tensor]) -> TokenSequence:
        features, masks = self.features(sample_list)
        embedded = self.transformer.encode({**sample_list, **features})
        own = self.tokens(features, masks)
        return TokenSequence(torch.cat([embedded.values, own.values], dim=2), embedded.mask)

    def fuse(self, tokens: TokenSequence) -> Tensor:
        return self.transformer.score(TokenSequence(tokens.values[..., : self.channels], tokens.mask))
