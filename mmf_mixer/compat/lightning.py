"""What MMF's source release takes from pytorch_lightning 1: base classes, and names for its `lightning` trainer."""

from typing import NoReturn

from torch import nn

from mmf_mixer.errors import InputError
from mmf_mixer.protocols import Json


class LightningModule(nn.Module):
    """Base of MMF's models. Under MMF's own trainer a model is a plain module."""

    def on_save_checkpoint(self, checkpoint: Json) -> None:
        """Called by MMF's models before they add to `checkpoint`."""


class LightningDataModule:
    """Base of MMF's dataset builders."""


class Callback:
    """Base of the callbacks of MMF's `lightning` trainer."""


class Trainer:
    """Lightning's trainer, which MMF's `trainer: lightning` asks for. Raises InputError always."""

    def __init__(self, *args: object, **options: object) -> None:
        seed_everything()


class ModelCheckpoint(Callback):
    """Lightning's checkpoint callback; only the `lightning` trainer makes one."""


def seed_everything(*args: object, **options: object) -> NoReturn:
    """The first thing the `lightning` trainer calls. Raises InputError always."""
    raise InputError(
        "training.trainer=lightning needs a pytorch_lightning 1 that no current Python has; set training.trainer=mmf."
    )
