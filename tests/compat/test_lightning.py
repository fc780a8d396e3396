"""The names that stand in for pytorch_lightning."""

import pytest
import torch

from mmf_mixer.compat import lightning
from mmf_mixer.errors import InputError


def test_a_lightning_module_is_a_plain_module_that_lets_models_save() -> None:
    module = lightning.LightningModule()
    module.layer = torch.nn.Linear(1, 1)
    checkpoint: dict[str, int] = {"kept": 1}
    module.on_save_checkpoint(checkpoint)
    assert checkpoint == {"kept": 1} and list(module.state_dict()) == ["layer.weight", "layer.bias"]


def test_the_lightning_trainer_is_refused_in_one_sentence() -> None:
    with pytest.raises(InputError, match="set training.trainer=mmf"):
        lightning.Trainer(max_steps=1)
    with pytest.raises(InputError, match="set training.trainer=mmf"):
        lightning.seed_everything(1)
