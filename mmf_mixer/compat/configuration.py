"""MMF's configuration: whose defaults are merged, and which resolvers survive."""

import os
from functools import wraps
from types import ModuleType

import torch
from omegaconf import Container, OmegaConf

from mmf_mixer.compat.mending import mend
from mmf_mixer.errors import InputError
from mmf_mixer.options import read_value
from mmf_mixer.releases import is_package_release
from mmf_mixer.settings import register_resolver


@mend("mmf.utils.configuration")
def defaults_that_mmf_lacks(module: ModuleType) -> bool:
    """MMF's defaults lack `mmf_mixer.strict`, by which any run asks for our rules, and rc10's own `learning_rate`."""
    stock = module.Configuration._build_default_config

    @wraps(stock)
    def _build_default_config(self: object) -> Container:
        rc10s = {"learning_rate": None} if is_package_release() else {}
        return OmegaConf.merge({"mmf_mixer": {"strict": False}}, rc10s, stock(self))

    module.Configuration._build_default_config = _build_default_config
    return True


@mend("mmf.utils.configuration")
def resolvers_survive(module: ModuleType) -> bool:
    """MMF clears omegaconf's table of resolvers, everybody's, whenever a config is made or asked for."""

    def _register_resolvers(self: object) -> None:
        for function in (device_count, module.resolve_cache_dir, module.resolve_dir, default_device):
            register_resolver(function.__name__, function)
        register_resolver("env", environment_variable)  # omegaconf 2.1 renamed it, and configs are older

    module.Configuration._register_resolvers = _register_resolvers
    return True


def environment_variable(name: str, default: object = None) -> object:
    """What `${env:NAME,default}` has meant: a number or truth value where it reads like one, else the text.

    Raises InputError if there is neither a variable of that name nor a default.
    """
    text = os.environ.get(name)
    if text is None:
        if default is None:
            raise InputError(f"The config wants the environment variable {name}: set it.")
        return default
    value = read_value(text, name)
    return value if isinstance(value, bool | int | float) else text


def device_count() -> int:
    """MMF's default number of processes: one for each GPU, and at least one."""
    return max(1, torch.cuda.device_count())


def default_device() -> str:
    """`cuda` where there is a GPU, else `cpu`."""
    return "cuda" if torch.cuda.is_available() else "cpu"
