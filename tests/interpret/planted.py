"""A fusion model whose classes depend, by construction, on known cells; and samples in which these cells speak."""

import torch
from omegaconf import OmegaConf
from torch import Tensor

from mmf_mixer.interpret.stencil import Samples
from mmf_mixer.models.fusion import FusionModel
from mmf_mixer.modules.tokens import TokenSequence
from tests.models.test_fusion import modality

CHANNELS = 16
CELLS = torch.zeros(3, 9, CHANNELS)  # of each class; text has tokens 0-2, audio 3-4, video 5-8
CELLS[0, 0:2, 3:7] = 1.0  # class 0: text alone
CELLS[1, 4, 0:6] = 1.0  # class 1: audio 6 to video 2
CELLS[1, 7, 8:12] = 0.5
CELLS[2, 5:9, 2] = 2.0  # class 2: video alone


class Planted(FusionModel):
    """Scores: for each class the sum of what its cells hold, through a tanh, by weight."""

    def build_fusion(self) -> None:
        """There is nothing to learn."""

    def score(self, tokens: TokenSequence) -> Tensor:
        return torch.einsum("bsc,lsc->bl", torch.tanh(tokens.values), CELLS.to(tokens.values))


def model() -> Planted:
    entries = [modality("text", 6, 3), modality("audio", 4, 2), modality("video", 5, 4)]
    config = {"modalities": entries, "num_labels": 3, "channels": CHANNELS, "dropout": 0.0}
    planted = Planted(OmegaConf.create({**config, "model": "planted", "losses": []}))
    planted.build()
    return planted.eval().requires_grad_(False)


def samples(count: int = 30) -> tuple[TokenSequence, Tensor]:
    """Every third sample is of class 0, 1 or 2, with 0.6 more in the cells of its class; and targets `count` x 3."""
    classes = torch.arange(count) % 3
    noise = 0.3 * torch.randn(count, 9, CHANNELS, generator=torch.Generator().manual_seed(0))
    values = noise + 0.6 * (CELLS[classes] > 0)
    mask = torch.ones(count, 9, dtype=torch.bool)
    return TokenSequence(values, mask), torch.nn.functional.one_hot(classes, 3).float()


def material() -> tuple[Planted, Samples]:
    planted = model()
    return planted, Samples(planted.score, *samples())
