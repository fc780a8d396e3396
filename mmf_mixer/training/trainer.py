"""Where MMF's registry gets our trainer: under the name of MMF's own, whose class stays as it is for everybody else."""

import importlib
from types import ModuleType

from mmf_mixer.compat.mending import mend
from mmf_mixer.releases import is_package_release


@mend("mmf.trainers.base_trainer")
def package_trainer(module: ModuleType) -> bool:
    """The package release trains one update too many, never resumes exactly, wants GPUs for processes, and more."""
    if not is_package_release():
        return False
    importlib.import_module("mmf_mixer.training.package_trainer")
    return True


@mend("mmf.trainers.mmf_trainer")
def source_trainer(module: ModuleType) -> bool:
    """The source release wants GPUs for processes, averages over padded shares, and predicts with random weights."""
    importlib.import_module("mmf_mixer.training.source_trainer")
    return True
