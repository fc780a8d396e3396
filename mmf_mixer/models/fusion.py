"""The trunk that all fusion models of ours share: encoders, token stage, fusion, head. They differ in `fuse`."""

from collections.abc import Mapping

from mmf.models.base_model import BaseModel
from mmf.utils.build import build_encoder
from omegaconf import DictConfig
from torch import Tensor, nn

from mmf_mixer.errors import InputError
from mmf_mixer.modules.tokens import TokenSequence, TokenStage
from mmf_mixer.protocols import Json


def check_labels(config: DictConfig) -> None:
    """Raise InputError if a model's config does not say how many labels there are."""
    if config.num_labels is None:
        raise InputError(f"model_config.{config.model}.num_labels is not set; your data set has no dataset folder.")


class FusionModel(BaseModel):  # type: ignore[misc]  # MMF has no types
    """Sample list in, `{"scores": B x num_labels}` out.

    Config: `modalities` (the schema of MMFTransformer), `num_labels`, `channels` (C), `dropout`, and what
    the subclass adds.

    Raises:
        InputError: a modality whose encoder gives another number of tokens or channels than its config
            says, or one that the batch does not hold.
    """

    def build(self) -> None:
        """Make the encoders, the token stage, the subclass's fusion, and the head."""
        self._check_modalities()
        self.encoders = nn.ModuleDict(
            {modality.key: build_encoder(modality.encoder) for modality in self.config.modalities}
        )
        self.tokens = TokenStage(self.config.modalities, self.token_channels(), self.config.dropout)
        self.channels = int(self.config.channels)
        self.fused_width = self.channels
        self.build_fusion()
        self.head: nn.Module = nn.Linear(self.fused_width, self.config.num_labels)

    def token_channels(self) -> int:
        """How many channels the tokens have: C, and those that the subclass keeps beside."""
        return int(self.config.channels)

    def build_fusion(self) -> None:
        """Make the modules that `fuse` uses, and set `fused_width` if it gives another number than C."""
        raise NotImplementedError

    def fuse(self, tokens: TokenSequence) -> Tensor:
        """The fusion itself: `B x S x C` tokens to one vector per clip, `B x fused_width`."""
        raise NotImplementedError

    def encode(self, sample_list: Mapping[str, Tensor]) -> TokenSequence:
        """Everything left of the fusion: media or features to one sequence."""
        sequence: TokenSequence = self.tokens(*self.features(sample_list))
        return sequence

    def features(self, sample_list: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """What the encoders make of a batch, `B x T x D`, and its masks, `B x T`, by modality key."""
        features, masks = {}, {}
        for key, encoder in self.encoders.items():
            if key not in sample_list:
                raise InputError(
                    f"modality '{key}' is in the model's config but not in the batch; give the dataset a "
                    f"{key}_processor, or leave the modality out."
                )
            features[key] = encoder(sample_list[key])
            masks[key] = sample_list[f"{key}_mask"]
        return features, masks

    def score(self, tokens: TokenSequence) -> Tensor:
        """Everything right of the token stage: one sequence to scores, `B x S x C -> B x num_labels`."""
        scores: Tensor = self.head(self.fuse(tokens))
        return scores

    def slices(self) -> dict[str, slice]:
        """Where each modality lies in the sequence that `encode` gives."""
        return self.tokens.slices()

    def forward(self, sample_list: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {"scores": self.score(self.encode(sample_list))}

    def get_optimizer_parameters(self, config: DictConfig) -> list[Json]:
        """Weight decay for matrices only, as is usual for MLPs and Transformers; frozen parameters left out."""
        trained = [parameter for parameter in self.parameters() if parameter.requires_grad]
        return [
            {"params": [parameter for parameter in trained if parameter.dim() > 1]},
            {"params": [parameter for parameter in trained if parameter.dim() <= 1], "weight_decay": 0.0},
        ]

    def _check_modalities(self) -> None:
        if not self.config.modalities:
            raise InputError(f"model_config.{self.config.model}.modalities is empty; list at least one modality.")
        check_labels(self.config)
        for modality in self.config.modalities:
            for name in ("key", "embedding_dim", "position_dim", "encoder"):
                if modality.get(name) is None:
                    raise InputError(f"model_config.{self.config.model}.modalities: an entry lacks '{name}'.")
