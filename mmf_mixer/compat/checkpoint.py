"""Checkpoints: what may be read from one, and that the model really takes it."""

import pickle
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from types import ModuleType
from typing import Any

import torch
from torch.nn.parallel import DataParallel, DistributedDataParallel

from mmf_mixer.compat.mending import mend
from mmf_mixer.errors import InputError


@mend("mmf.utils.checkpoint")
def config_objects_in_checkpoints(module: ModuleType) -> bool:
    """MMF pickles omegaconf's objects with some optimizers and schedulers; torch reads only what is named harmless."""
    import typing
    from collections import defaultdict

    from mmf.utils.general import lr_lambda_update
    from omegaconf import DictConfig, ListConfig, nodes
    from omegaconf.base import ContainerMetadata, Metadata

    if not hasattr(torch.serialization, "add_safe_globals"):
        return False
    values = (nodes.AnyNode, nodes.BooleanNode, nodes.FloatNode, nodes.IntegerNode, nodes.StringNode)
    python = (dict, list, int, float, str, bool, defaultdict, typing.Any)
    torch.serialization.add_safe_globals(
        [DictConfig, ListConfig, ContainerMetadata, Metadata, *values, *python, lr_lambda_update]
    )
    return True


@mend("mmf.utils.checkpoint")
def unreadable_checkpoints(module: ModuleType) -> bool:
    """A checkpoint that is cut off, or that holds code, ends MMF in a traceback from torch."""
    stock = module.Checkpoint._torch_load

    @wraps(stock)
    def _torch_load(self: Any, file: str) -> Any:
        try:
            return stock(self, file)
        except (pickle.UnpicklingError, EOFError, RuntimeError) as error:
            code = re.search(r"GLOBAL (\S+)", str(error))
            reason = f"it holds {code[1]}, which could run code" if code else re.split(r"[.\n]", str(error))[0]
            raise InputError(
                f"The checkpoint {file} cannot be read ({reason}): delete it, or name another with "
                "checkpoint.resume_file."
            ) from error

    module.Checkpoint._torch_load = _torch_load
    return True


@mend("mmf.utils.checkpoint")
def missing_resume_file(module: ModuleType) -> bool:
    """A checkpoint.resume_file that does not exist ends MMF in a traceback."""
    stock = module.Checkpoint.load_state_dict

    @wraps(stock)
    def load_state_dict(self: Any) -> None:
        file = self.config.checkpoint.resume_file
        try:
            stock(self)
        except RuntimeError as error:
            if str(error) != f"{file} doesn't exist":
                raise
            raise InputError(f"There is no checkpoint at checkpoint.resume_file={file}: correct the path.") from error

    module.Checkpoint.load_state_dict = load_state_dict
    return True


@mend("mmf.utils.checkpoint")
def models_wrapped_by_an_earlier_run(module: ModuleType) -> bool:
    """A second run in one process resumes as if its model were wrapped for several devices because the first's was."""
    stock = module.Checkpoint.upgrade_state_dict
    if "format_state_key" not in stock.__code__.co_names:  # only the source release looks inside the wrapper
        return False
    from mmf.common.registry import registry

    @wraps(stock)
    def upgrade_state_dict(self: Any, state_dict: Any) -> Any:
        for name, wrapper in (("distributed", DistributedDataParallel), ("data_parallel", DataParallel)):
            registry.register(name, isinstance(self.trainer.model, wrapper))
        return stock(self, state_dict)

    module.Checkpoint.upgrade_state_dict = upgrade_state_dict
    return True


@mend("mmf.utils.checkpoint")
def weights_that_fit(module: ModuleType) -> bool:
    """MMF loads what fits the model from a checkpoint, were it nothing at all, and goes on with random weights."""
    stock = module.Checkpoint._load
    stock_warns = "missing_keys" in stock.__code__.co_names

    @wraps(stock)
    def _load(self: Any, file: str, *args: Any, **kwargs: Any) -> None:
        with _checked_loading(self.trainer.model, file, quiet=stock_warns):
            stock(self, file, *args, **kwargs)
        self.trainer.weights_from = file

    module.Checkpoint._load = _load
    return True


@contextmanager
def _checked_loading(model: torch.nn.Module, file: str, quiet: bool) -> Iterator[None]:
    """Meanwhile `model.load_state_dict` refuses weights that do not fit, and warns of missing ones unless `quiet`."""
    stock = model.load_state_dict

    def load_state_dict(state: Any, strict: bool) -> Any:
        try:
            result = stock(state, strict=strict)
        except RuntimeError as error:
            lines = " ".join(line.strip() for line in str(error).splitlines()[1:])
            raise InputError(f"The checkpoint {file} is of a model of another size: {lines}") from error
        missing, wanted = result.missing_keys, model.state_dict()
        if wanted and len(missing) == len(wanted):
            raise InputError(
                f"The checkpoint {file} has none of the weights of {type(model).__name__}: it is another model's; "
                f"name the model that it was saved from, or another checkpoint."
            )
        if missing and not quiet:
            names = ", ".join(missing)
            warnings.warn(f"The checkpoint {file} lacks weights, which stay as built: {names}", stacklevel=2)
        return result

    model.load_state_dict = load_state_dict  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        del model.load_state_dict
