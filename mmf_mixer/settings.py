"""Reads a section of the config into a dataclass, so that a wrong key is named before training starts."""

from difflib import get_close_matches
from typing import Any, TypeVar, cast

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mmf_mixer.errors import InputError

Params = TypeVar("Params")


def read_params(section: str, schema: type[Params], config: Any) -> Params:
    """`config` checked against the dataclass `schema`. Raises InputError for an unknown or ill-typed key."""
    given: Any = OmegaConf.to_container(config, resolve=True) if isinstance(config, DictConfig) else config or {}
    fields = OmegaConf.structured(schema)
    for key, value in given.items():
        if key not in fields:
            close = get_close_matches(str(key), list(fields), n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(fields)}."
            raise InputError(f"{section}: nothing reads {key!r}: {hint}")
        try:
            OmegaConf.update(fields, key, value)
        except OmegaConfBaseException:
            raise InputError(f"{section}: {key} cannot be {value!r}; it is {_kind(schema, key)}.") from None
    return cast(Params, OmegaConf.to_object(fields))


def _kind(schema: type, key: str) -> str:
    """The field's type as it is written, such as `int | None` or `Literal['skip', 'raise']`."""
    kind = schema.__annotations__[key]
    return kind.__name__ if isinstance(kind, type) else str(kind).replace("typing.", "")
