"""The manifest of a feature store: what it holds, how it was made, and the hash of every file."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar, get_origin

from mmf_mixer.errors import InputError, first_sentence, shown
from mmf_mixer.files import write_json
from mmf_mixer.limits import MANIFEST_BYTES, content

MANIFEST = "manifest.json"
GIVEN = "given"  # in place of the type of a processor: somebody has made the features otherwise

SHARD_NAME = re.compile(r"\w[\w.-]{,99}\.safetensors", re.ASCII)  # in the store's folder, not hidden, not too long

Recipe = dict[str, Any]
Made = TypeVar("Made")


@dataclass(frozen=True)
class StoredModality:
    """How one modality was made: configs of its processor and encoder, SHA-256 of the weights, and T and D.

    Two fields decide nothing: `origin` says of a Hugging Face model its `revision` and `licence`, as far as they are
    known; `run` in which way the encoder was run, if not as it is (see `encoders.faster`).
    """

    processor: Recipe
    encoder: Recipe
    weights: str
    tokens: int
    width: int
    origin: Recipe = field(default_factory=dict, compare=False)
    run: Recipe = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Shard:
    """A file with the clips `first`, `first + 1`, … of a split."""

    file: str
    split: str
    first: int
    count: int
    bytes: int
    sha256: str


@dataclass
class Manifest:
    """What a store holds. `dataset` is the fingerprint of the dataset folder, `clips` the size of each split."""

    dataset: str
    clips: dict[str, int]
    dtype: str
    modalities: dict[str, StoredModality]
    shards: list[Shard] = field(default_factory=list)

    @property
    def bytes_per_clip(self) -> int:
        """How many bytes the values of a clip have."""
        return sum(made.tokens * made.width for made in self.modalities.values()) * (
            2 if self.dtype == "float16" else 4
        )

    def write(self, folder: Path) -> None:
        """Put it in `folder`, whole or not at all."""
        write_json(folder / MANIFEST, asdict(self))

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The manifest of the store in `folder`. Raises InputError if there is none, or it is damaged."""
        path = folder / MANIFEST
        if not path.exists():
            raise InputError(
                f"{folder}: is no feature store, for it has no {MANIFEST}; make one with mmf_mixer extract."
            )
        try:
            written = json.loads(content(path, MANIFEST_BYTES))
            if not _is_shallow(written):
                raise ValueError("it is nested too deeply")
            written["modalities"] = {key: _made(StoredModality, entry) for key, entry in written["modalities"].items()}
            written["shards"] = [_made(Shard, entry) for entry in written["shards"]]
            return _made(cls, written)
        except InputError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            reason = shown(first_sentence(error))[1:-1]
            raise InputError(f"{path}: is damaged ({reason}); remove the store and extract again.") from None

    def same_recipe(self, other: "Manifest") -> bool:
        """Whether the shards of both may stand in one store."""
        return replace(self, shards=[]) == replace(other, shards=[])


def difference(then: Recipe, now: Recipe) -> str | None:
    """The first setting in which two configs differ, with both values; None if they are equal.

    A setting that is off (null, false or 0) equals one that an older store does not know.
    """
    flat_then, flat_now = dict(_flat(then)), dict(_flat(now))
    for name in flat_then | flat_now:
        before, after = flat_then.get(name), flat_now.get(name)
        if (before or None) != (after or None):
            return f"{name} was {shown(before)} and is {shown(after)} now"
    return None


def _flat(recipe: Recipe, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in recipe.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _made(kind: type[Made], entry: Any) -> Made:
    """The dataclass with the fields of `entry`. Raises TypeError or ValueError if one is missing, of another type, a
    negative number, or a file elsewhere."""
    made = kind(**entry)
    annotations: dict[str, Any] = kind.__annotations__
    for name, wanted in annotations.items():
        value = getattr(made, name)
        if type(value) is not (get_origin(wanted) or wanted):
            raise TypeError(f"{name} is {shown(value)}")
        numbers = value.values() if name == "clips" else [value] if type(value) is int else []
        if any(type(number) is not int or number < 0 for number in numbers):
            raise ValueError(f"{name} is {shown(value)}")
    if isinstance(made, Manifest) and made.dtype not in ("float32", "float16"):
        raise ValueError(f"dtype is {shown(made.dtype)}")
    if isinstance(made, Shard) and not SHARD_NAME.fullmatch(made.file):
        raise ValueError(f"a shard is said to be {shown(made.file)}")
    return made


def _is_shallow(value: object, levels: int = 20) -> bool:
    """Whether recursion over it is safe."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels > 0 and all(_is_shallow(part, levels - 1) for part in parts)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
