"""`majority`: what can be said of a clip without looking at it."""

from collections.abc import Mapping

import torch
from mmf.common.registry import registry
from mmf.models.base_model import BaseModel
from omegaconf import DictConfig
from torch import Tensor

from mmf_mixer.data.clip import Labels
from mmf_mixer.errors import InputError
from mmf_mixer.protocols import Json
from mmf_mixer.registered import label_groups_of, training_clips_of, training_positives_of


def frequency_logits(positives: Tensor, clips: int, labels: Labels) -> Tensor:
    """Scores, L, whose probabilities are the labels' frequencies among `clips` training clips.

    A label that no clip has counts as one of half a clip, and one that all have as one of all but half a clip: so every
    score is finite.

    Args:
        positives: how many of the clips have each label, L.
    """
    share = positives.double().clamp(0.5, clips - 0.5) / clips
    parts = [
        share[columns].log() if group.exclusive else torch.logit(share[columns]) for group, columns in labels.slices()
    ]
    return torch.cat(parts).float()


@registry.register_model("majority")
class Majority(BaseModel):  # type: ignore[misc]  # MMF has no types
    """Gives every clip the frequencies of the labels in the training split, as `scores`, B x num_labels.

    Raises:
        InputError: it is to be trained.
    """

    @classmethod
    def config_path(cls) -> str:
        """Where the default options are."""
        return "configs/models/majority/defaults.yaml"

    def build(self) -> None:
        """Take the frequencies that the data set has registered."""
        dataset = registry.get("config").datasets
        logits = frequency_logits(training_positives_of(dataset), training_clips_of(dataset), label_groups_of(dataset))
        self.register_buffer("logits", logits)

    def forward(self, sample_list: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The same scores for each of the B clips."""
        if self.training:
            raise InputError("the model majority has nothing to train; run it with run_type=val_test.")
        return {"scores": self.logits.expand(len(sample_list["targets"]), -1)}

    def get_optimizer_parameters(self, config: DictConfig) -> list[Json]:
        """None, in one group, for an optimiser wants one."""
        return [{"params": []}]
