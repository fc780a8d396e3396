"""The evaluations that end a run, told apart from those during training: they are of the weights that it keeps."""

from functools import wraps
from types import ModuleType
from typing import Any

from mmf_mixer.compat.mending import mend

_final = False


def is_final_evaluation() -> bool:
    """True while MMF evaluates splits at the end of a run, or in a run that does not train."""
    return _final


def early_stopping_of(trainer: Any) -> Any:
    """MMF's EarlyStopping, which the source release keeps in a callback."""
    return trainer.early_stopping if hasattr(trainer, "early_stopping") else trainer.early_stop_callback.early_stopping


@mend("mmf.trainers.base_trainer")
def package_trainer_ends_with_evaluations(module: ModuleType) -> bool:
    """A metric of the package release cannot know whether it sees the best weights or those of the moment."""
    return _mark(module.BaseTrainer)


@mend("mmf.trainers.mmf_trainer")
def source_trainer_ends_with_evaluations(module: ModuleType) -> bool:
    """A metric of the source release cannot know whether it sees the best weights or those of the moment."""
    return _mark(module.MMFTrainer)


def _mark(trainer: Any) -> bool:
    stock = trainer.inference
    if getattr(stock, "__isabstractmethod__", False):
        return False

    @wraps(stock)
    def inference(self: Any) -> None:
        global _final
        _final = True
        try:
            stock(self)
        finally:
            _final = False

    trainer.inference = inference
    return True
