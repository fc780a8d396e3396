"""Configs as they are written: a YAML file with what it includes, and a section of it as a dataclass."""

import os
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, TypeVar, cast

import yaml
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mmf_mixer.errors import InputError, nearest
from mmf_mixer.protocols import Json

Params = TypeVar("Params")


def read_params(section: str, schema: type[Params], config: Any) -> Params:
    """`config` checked against the dataclass `schema`. Raises InputError for an unknown or ill-typed key."""
    given: Any = OmegaConf.to_container(config, resolve=True) if isinstance(config, DictConfig) else config or {}
    place = section, schema, repr(given)
    if place not in _read:  # a run asks for the same settings several times, and each time takes OmegaConf a while
        _read[place] = _checked(section, schema, given)
    return cast(Params, deepcopy(_read[place]))


_read: dict[tuple[str, type, str], object] = {}


def _checked(section: str, schema: type, given: Json) -> object:
    fields = OmegaConf.structured(schema)
    for key, value in given.items():
        if key not in fields:
            close = nearest(key, fields)
            hint = f"did you mean {close!r}?" if close else f"known are {', '.join(fields)}."
            raise InputError(f"{section}: nothing reads {key!r}: {hint}")
        try:
            OmegaConf.update(fields, key, value)
        except OmegaConfBaseException:
            raise InputError(f"{section}: {key} cannot be {value!r}; it is {_kind(schema, key)}.") from None
    return OmegaConf.to_object(fields)


def _kind(schema: type, key: str) -> str:
    """The field's type as it is written, such as `int | None` or `Literal['skip', 'raise']`."""
    kind = schema.__annotations__[key]
    return kind.__name__ if isinstance(kind, type) else str(kind).replace("typing.", "")


def read_with_includes(path: str, find: Callable[[str, str | None], str], includer: str | None = None) -> DictConfig:
    """The mapping in a YAML file, over those of the files that its `includes` names.

    Args:
        path: as it is named.
        find: of a name, and of the file that includes it if there is one, where it lies.
        includer: the file that includes this one.

    Raises:
        InputError: there is no such file, it holds something else, or `includes` is no list.
    """
    file = find(path, includer)
    mapping = read_mapping(file, shown_as=path)
    includes = mapping.pop("includes", [])
    if isinstance(includes, str) or not isinstance(includes, Sequence):
        raise InputError(f"{file}: includes must be a list of files, not {includes!r}.")
    merged = OmegaConf.create()
    for part in (*(read_with_includes(include, find, file) for include in includes), mapping):
        forget_params(merged, part)
        merged.merge_with(part)
    return merged


def forget_params(earlier: DictConfig, later: DictConfig) -> None:
    """Take from `earlier` the params of each processor and encoder that has another `type` in `later`, for they would
    be merged into those of that type, which does not know them."""
    for key in earlier.keys() & later.keys():
        old, new = earlier._get_node(key), later._get_node(key)
        if not isinstance(old, DictConfig) or not isinstance(new, DictConfig):
            continue
        if key == "encoder" or str(key).endswith("_processor"):
            if "params" in old.keys() and "type" in new.keys() and new.type != old.type:  # noqa: SIM118  (no interpolation)
                old.params = {}
        else:
            forget_params(old, new)


def read_mapping(path: str, shown_as: str) -> DictConfig:
    """The mapping in a YAML file. Raises InputError if there is no such file, or it holds something else."""
    if not os.path.isfile(path):
        raise InputError(
            f"There is no config file {shown_as}: a path is looked up from the working directory, "
            "then beside MMF, then among the plugin's own configs and projects."
        )
    try:
        mapping = OmegaConf.load(path)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise InputError(f"{path}, line {line}: not valid YAML: {error.problem}.") from error
    except (yaml.YAMLError, UnicodeDecodeError, OmegaConfBaseException) as error:
        raise InputError(f"{path}: not a valid config: {str(error).splitlines()[0]}.") from error
    if isinstance(mapping, ListConfig) or not isinstance(mapping, DictConfig):
        raise InputError(f"{path}: a config must be a mapping of keys to values.")
    return mapping


def register_resolver(name: str, function: Callable[..., Any]) -> None:
    """Offer `${name:…}` in configs."""
    OmegaConf.register_resolver(name, function, replace=True)
