"""Options of the command line: `key=value`, where true, false and null mean what they say."""

import re
from ast import literal_eval
from collections.abc import Iterator, Sequence
from typing import Any

import yaml
from omegaconf import Container, DictConfig, ListConfig

from mmf_mixer.errors import InputError, nearest

WORDS = {"true": True, "false": False, "null": None}
PATHS = (".root", ".store", ".resume_file")  # options beside those of `env` that name a file or folder
CHECKED = ("dataset_config", "fusion", "model_config")  # whose `params` are checked by what reads them


def split_options(options: Sequence[Any] | None) -> list[tuple[str, Any]]:
    """Names and values of `["a=1", "b=2"]` or `["a", 1, "b", 2]`; a value may hold further `=`.

    Raises InputError for an option without a value.
    """
    options = list(options or [])
    if options and "=" not in options[0]:
        if len(options) % 2:
            raise InputError(f"The option {options[-1]!r} has no value: write {options[-1]}=VALUE.")
        return list(zip(options[::2], options[1::2], strict=True))
    pairs = []
    for option in options:
        name, equals, value = option.partition("=")
        if not equals:
            raise InputError(f"The option {option!r} has no value: write {option}=VALUE.")
        pairs.append((name, value))
    return pairs


def read_value(text: object, name: str = "") -> Any:
    """What an option's text means: a Python literal, true/false/null in any case, a YAML list or mapping, or a string.
    A path is a string, be it `5` or `[a]`.

    Raises InputError, naming the option `name`, for brackets that do not close.
    """
    if not isinstance(text, str):
        return text
    if text.strip().lower() in WORDS:
        return WORDS[text.strip().lower()]
    if name.startswith("env.") or name.endswith(PATHS):
        return text
    try:
        return literal_eval(text)
    except (ValueError, SyntaxError, TypeError):  # TypeError: a mapping whose key is a mapping
        if not text.startswith(("[", "{")):
            return text
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"The option {name}={text} is not a valid list or mapping.") from error


def dotted_keys(config: object, prefix: str = "") -> Iterator[str]:
    """Every key of a config as it would be written on the command line; interpolations are not followed."""
    if isinstance(config, DictConfig) and not config._is_none() and not config._is_missing():
        for key in config:
            name = prefix + str(key)
            yield name
            yield from dotted_keys(config._get_node(key), f"{name}.")


def set_option(config: DictConfig, name: str, value: object) -> None:
    """Set the key `a.b[0].c` of `config`. Raises KeyError if there is none.

    Only `params` of encoders, processors and losses need not have it: it may be one of those that have a default.
    """
    *parents, last = re.findall(r"[^.\[\]]+", name)
    container: Any = config
    for part in parents:
        container = container[existing(container, part)]
    new = isinstance(container, DictConfig) and parents[-1:] == ["params"] and parents[0] in CHECKED
    container[last if new else existing(container, last)] = value


def existing(container: object, part: str) -> str | int:
    """The key or index `part` of `container`. Raises KeyError if there is none; looks up no interpolation."""
    if isinstance(container, DictConfig) and part in container.keys():  # noqa: SIM118  (`in config` interpolates)
        return part
    if isinstance(container, ListConfig) and part.isdecimal() and int(part) < len(container):
        return int(part)
    raise KeyError(part)


def merge_options(
    config: DictConfig, opts: Sequence[Any] | None, skip_missing: bool = False, log_info: bool = True
) -> DictConfig:
    """Write options into `config`, in their order; `dataset` is short for `datasets`.

    Raises InputError for an option that the config does not have, unless `skip_missing`.
    """
    for name, text in split_options(opts):
        value = read_value(text, name)
        try:
            set_option(config, "datasets" if name == "dataset" else name, value)
        except KeyError as error:
            if skip_missing:
                continue
            raise InputError(unknown_option(config, name)) from error
        if log_info:
            print(f"Option {name} = {value}")
    return config


def unknown_option(config: Container, name: str) -> str:
    """A sentence about an option that no part of the config has, with the key it may have been meant for."""
    close = nearest(name, dotted_keys(config))
    hint = f"did you mean {close}?" if close else "check its spelling, and that the model and dataset are yours."
    return f"Nothing reads the option {name}: {hint}"
