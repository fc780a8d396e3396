"""Every mend: importing this hands them all to `mending`; none runs before MMF's own modules are imported."""

import importlib
from types import ModuleType

from mmf_mixer.compat import (
    batches,
    building,
    calibration,
    checkpoint,
    configuration,
    console,
    devices,
    distributed,
    encoders,
    evaluation,
    files,
    libraries,
    loading,
    metrics,
    options,
    precision,
    prediction,
    saving,
    source,
    stock_transformer,
    stopping,
    trainer,
    two_steps,
)
from mmf_mixer.compat.mending import mend

__all__ = [
    "batches",
    "building",
    "calibration",
    "checkpoint",
    "configuration",
    "devices",
    "distributed",
    "encoders",
    "evaluation",
    "files",
    "libraries",
    "loading",
    "metrics",
    "options",
    "precision",
    "prediction",
    "saving",
    "source",
    "stock_transformer",
    "stopping",
    "trainer",
    "two_steps",
]


@mend("mmf")
def one_sentence_for_bad_input(module: ModuleType) -> bool:
    """MMF's commands answer bad input with a traceback; ours is one sentence and exit code 2."""
    console.install()
    return True


@mend("mmf")  # made last, so run last: the mends of a module run in the order in which they were made
def plugin(module: ModuleType) -> bool:
    """MMF does not know of plugins: ours registers its models, datasets, encoders and metrics at the end."""
    importlib.import_module("mmf_mixer.plugin")
    return True
