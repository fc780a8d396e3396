"""`concat_mlp`: the baseline without mixing; each modality averaged, the averages side by side, an MLP."""

import torch
from mmf.common.registry import registry
from torch import Tensor, nn

from mmf_mixer.models.fusion import FusionModel
from mmf_mixer.modules.dropout import Dropout
from mmf_mixer.modules.tokens import TokenSequence, masked_mean


@registry.register_model("concat_mlp")
class ConcatMLP(FusionModel):
    """Per modality the average of the tokens that exist, concatenated to `B x M*C`, through one hidden layer.

    Config besides the trunk's: `hidden`, the width of that layer.
    """

    @classmethod
    def config_path(cls) -> str:
        return "configs/models/concat_mlp/defaults.yaml"

    def build_fusion(self) -> None:
        config = self.config
        self.mlp = nn.Sequential(
            nn.Linear(len(config.modalities) * config.channels, config.hidden),
            nn.GELU(),
            Dropout(config.dropout),
            nn.Linear(config.hidden, config.channels),
        )

    def fuse(self, tokens: TokenSequence) -> Tensor:
        averages = [masked_mean(tokens.values[:, span], tokens.mask[:, span]) for span in self.tokens.slices().values()]
        fused: Tensor = self.mlp(torch.cat(averages, dim=1))
        return fused
