"""Whom our trainer is for: runs that ask for MMF's own by name, and nobody else's class."""

import sys

from mmf.common.registry import registry

from mmf_mixer.compat.mending import MENDS
from mmf_mixer.releases import is_package_release

NAME, STOCK = ("base_trainer", "BaseTrainer") if is_package_release() else ("mmf", "MMFTrainer")


def stock_trainer() -> type:
    found: type = getattr(
        sys.modules["mmf.trainers." + ("base_trainer" if is_package_release() else "mmf_trainer")], STOCK
    )
    return found


def test_the_registered_trainer_is_ours_and_mmfs_class_is_as_it_was() -> None:
    trainer, stock = registry.get_trainer_class(NAME), stock_trainer()
    assert trainer is not stock and issubclass(trainer, stock)
    assert trainer.__module__.startswith("mmf_mixer.training.")
    ours = [name for name, value in vars(stock).items() if getattr(value, "__module__", "").startswith("mmf_mixer")]
    assert ours == []


def test_doctor_names_it() -> None:
    name = "package_trainer" if is_package_release() else "source_trainer"
    assert next(mend for mend in MENDS if mend.name == name).state == "mended"
