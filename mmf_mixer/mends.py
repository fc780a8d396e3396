"""Every mend: importing this hands them all to `mending`; none runs before MMF's own modules are imported."""

# ruff: noqa: F401

import importlib
from types import ModuleType

from mmf_mixer import console
from mmf_mixer.compat.mending import mend

# In this order: the mends of one module of MMF run as they were made, and of several that wrap one function the last is
# outermost.
# isort: off
import mmf_mixer.training.distributed.processes
import mmf_mixer.training.distributed.shares
import mmf_mixer.training.distributed.batches
import mmf_mixer.training.records
import mmf_mixer.compat.bert
import mmf_mixer.training.resume.loading_checkpoints
import mmf_mixer.compat.configuration
import mmf_mixer.spelling
import mmf_mixer.encoders.registry
import mmf_mixer.compat.features
import mmf_mixer.compat.files
import mmf_mixer.compat.libraries
import mmf_mixer.training.order.loaders
import mmf_mixer.compat.metrics
import mmf_mixer.compat.options
import mmf_mixer.compat.package
import mmf_mixer.training.precision
import mmf_mixer.training.distributed.prediction
import mmf_mixer.training.resume.saving
import mmf_mixer.compat.source
import mmf_mixer.compat.vit
import mmf_mixer.models.stock_transformer
import mmf_mixer.training.resume.stopping
import mmf_mixer.training.trainer
import mmf_mixer.models.stock_transformer_steps
# isort: on


@mend("mmf")
def one_sentence_for_bad_input(module: ModuleType) -> bool:
    """MMF's commands answer bad input with a traceback; ours is one sentence and exit code 2."""
    console.install()
    return True


@mend("mmf")  # the last
def plugin(module: ModuleType) -> bool:
    """MMF does not know of plugins: ours registers its models, datasets, encoders and metrics at the end."""
    importlib.import_module("mmf_mixer.plugin")
    return True
