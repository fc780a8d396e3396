"""`late_transformer`: late fusion by a Transformer, in which modalities meet as one vector each.

After SimBaMM (Rheude, Eils and Wild, Fusion or Confusion?, 2025, https://arxiv.org/abs/2512.22991).
"""

import torch
from mmf.common.registry import registry
from torch import Tensor, nn

from mmf_mixer.models.attention_fusion import attended, attention_layers
from mmf_mixer.models.fusion import FusionModel
from mmf_mixer.modules.tokens import TokenSequence, masked_mean


@registry.register_model("late_transformer")
class LateTransformer(FusionModel):
    """Transformer layers of its own for each modality, their average, and layers over a summary and these averages.

    No token attends to one that is absent, and the summary to no modality that is. Config besides the trunk's: `blocks`
    of each modality, `joint_blocks`, `heads`, `channel_width`.
    """

    @classmethod
    def config_path(cls) -> str:
        """Where the default options are."""
        return "configs/models/late_transformer/defaults.yaml"

    def build_fusion(self) -> None:
        config = self.config
        self.own = nn.ModuleList(attention_layers(config, config.blocks) for _ in self.slices())
        self.joint = attention_layers(config, config.joint_blocks)
        self.summary = nn.Parameter(0.02 * torch.randn(config.channels))
        self.norm = nn.LayerNorm(config.channels)

    def fuse(self, tokens: TokenSequence) -> Tensor:
        vectors, present = [self.summary.expand(len(tokens.values), -1)], [tokens.mask.new_ones(len(tokens.mask))]
        for layers, span in zip(self.own, self.slices().values(), strict=True):
            values, mask = tokens.values[:, span], tokens.mask[:, span]
            vectors.append(masked_mean(attended(layers, values, mask), mask))
            present.append(mask.any(dim=1))
        joint = attended(self.joint, torch.stack(vectors, dim=1), torch.stack(present, dim=1))
        fused: Tensor = self.norm(joint[:, 0])
        return fused
