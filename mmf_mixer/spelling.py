"""What a run names is there: its model, its data sets, and each key of its config. What is misspelt is told, with the
name that it may have been meant for.
"""

import os
import re
import warnings
from collections.abc import Iterator
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from omegaconf import Container, DictConfig, OmegaConf

from mmf_mixer.compat.mending import mend
from mmf_mixer.compat.source import why_left_out
from mmf_mixer.errors import InputError, nearest
from mmf_mixer.ours import is_ours
from mmf_mixer.paths import data_root
from mmf_mixer.protocols import Configuration
from mmf_mixer.settings import forget_params

# Keys that MMF reads though its defaults lack them: `type` and `params` of what it builds, and names it once had.
UNDECLARED = {
    "mmf_mixer",  # the plugin's own, see mmf_mixer/ours.py
    "fusion",  # the plugin's own, see mmf_mixer/config.py
    "benchmark",  # likewise, see mmf_mixer/benchmark/section.py
    "learning_rate",
    *(f"{section}.{key}" for section in ("optimizer", "scheduler") for key in ("type", "params")),
    *(f"training.{key}" for key in ("resume", "resume_best", "resume_file", "load_pretrained")),
    *(f"training.{key}" for key in ("pretrained_state_mapping", "run_type", "max_grad_l2_norm")),
}

BUILT_SECTIONS = {"optimizer", "scheduler"}  # empty in the package release's defaults, yet not free
FREE_SECTIONS = {"trainer.params"}  # spelled out in the source release's defaults, yet handed on as it is


def registered_class(kind: str, name: object) -> Any:
    """The model or dataset builder of that name. Raises InputError, with the nearest name, if there is none."""
    from mmf.common.registry import registry
    from mmf.utils.env import setup_imports

    if not name:
        raise InputError(f"No {kind} was named: add {kind}=NAME to the command.")
    setup_imports()
    known = registry.mapping[{"model": "model_name_mapping", "dataset": "builder_name_mapping"}[kind]]
    if name not in known:
        if library := why_left_out(str(name)):
            raise InputError(f"The {kind} {name} needs {library}: pip install {library}")
        close = nearest(name, known)
        hint = f"did you mean {close}?" if close else f"known are {', '.join(sorted(known))}."
        raise InputError(f"There is no {kind} {name!r}: {hint}")
    return known[name]


def defaults_of(module: ModuleType, kind: str, name: object, strict: bool) -> DictConfig:
    """The default config of a model or dataset, or an empty one if it has none.

    Raises InputError for a name that is not registered, of which everybody else is only warned unless `strict`.
    """
    try:
        owner = registered_class(kind, name)
    except InputError as error:
        if strict or not name:
            raise
        warnings.warn(str(error), stacklevel=2)
        return OmegaConf.create()
    path = owner.config_path()
    if path is None:
        return OmegaConf.create()
    if owner.__module__.startswith("mmf.") and not os.path.exists(module.get_absolute_path(path)):
        warnings.warn(f"This release of MMF lacks {path}: give all of {kind} {name} in your config.", stacklevel=2)
        return OmegaConf.create()
    config: DictConfig = module.load_yaml(path)
    return config


@mend("mmf.utils.configuration")
def model_and_dataset_by_name(module: ModuleType) -> bool:
    """MMF only warns of an unknown model or dataset, and the package release names defaults it does not bring."""

    def _build_model_config(self: object, config: DictConfig) -> DictConfig:
        return defaults_of(module, "model", config.model, is_ours(config))

    def _build_dataset_config(self: Configuration, config: DictConfig) -> Container:
        config.datasets = config.datasets or config.dataset
        names = str(config.datasets or "").split(",")
        strict = is_ours(config)
        defaults = OmegaConf.merge(*(defaults_of(module, "dataset", name.strip(), strict) for name in names))
        given = OmegaConf.create(self._user_config)
        if isinstance(defaults, DictConfig) and isinstance(given, DictConfig):
            forget_params(defaults, given)
        return defaults

    module.Configuration._build_model_config = _build_model_config
    module.Configuration._build_dataset_config = _build_dataset_config
    return True


@mend("mmf_cli.run")
def names_of_a_run_are_known(module: ModuleType) -> bool:
    """A command with an unknown model or dataset ends in a traceback far from the name."""
    stock = module.main

    @wraps(stock)
    def main(configuration: Configuration, *args: object, **kwargs: object) -> None:
        config = configuration.get_config()
        configuration.import_user_dir()  # a process that MMF started knows nothing of it yet
        registered_class("model", config.model)
        for name in str(config.datasets or "").split(","):
            registered_class("dataset", name.strip())
        stock(configuration, *args, **kwargs)

    module.main = main  # type: ignore[attr-defined]
    return True


def unread_keys(config: DictConfig, defaults: DictConfig, prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """Dotted keys of `config` that `defaults` lacks, each with its known siblings.

    Sections that are empty or plain values in `defaults` may hold anything.
    """
    known = [*map(str, defaults), *(key.removeprefix(prefix) for key in UNDECLARED if key.startswith(prefix))]
    for key in map(str, config):
        name, given, default = prefix + key, config._get_node(key), defaults._get_node(key)
        if key not in known:
            yield name, known
        elif isinstance(given, DictConfig) and isinstance(default, DictConfig):
            free = name in FREE_SECTIONS or (not default and name not in BUILT_SECTIONS)
            yield from () if free else unread_keys(given, default, f"{name}.")


def all_code_is_known(module: ModuleType, options: DictConfig, *configs: DictConfig) -> bool:
    """Whether a run has a part of this plugin in it, and no user_dir but ours whose code might read further keys."""
    folders = (OmegaConf.select(config, "env.user_dir") for config in (options, *configs))
    user_dir = next(filter(None, folders), None)
    if user_dir and not Path(module.get_absolute_path(user_dir)).is_relative_to(data_root()):
        return False
    return any(map(is_ours, (options, *configs)))


@mend("mmf.utils.configuration")
def no_key_goes_unread(module: ModuleType) -> bool:
    """MMF takes a misspelt key without a word, and the run then differs from what its config says."""
    stock = module.Configuration._build_user_config

    @wraps(stock)
    def _build_user_config(self: Any, opts: DictConfig) -> DictConfig:
        config: DictConfig = OmegaConf.create(stock(self, opts))
        for name, known in unread_keys(config, self._default_config):
            if re.search(rf"\$\{{{re.escape(name)}[}}.\[]", OmegaConf.to_yaml(config)):  # a variable of the file's own
                continue
            *section, key = name.split(".")
            close = nearest(key, known)
            hint = f"did you mean {'.'.join([*section, close])}?" if close else "take it out."
            message = f"{opts.config}: nothing in MMF reads the key {name}: {hint}"
            if all_code_is_known(module, opts, config, self._default_config):
                raise InputError(message)
            warnings.warn(message, stacklevel=2)  # MMF's own projects are full of old keys
        return config

    module.Configuration._build_user_config = _build_user_config
    return True
