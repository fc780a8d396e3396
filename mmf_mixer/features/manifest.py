"""The manifest of a feature store: what it holds, how it was made, and the hash of every file."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mmf_mixer.errors import InputError
from mmf_mixer.files import write_json

MANIFEST = "manifest.json"

Recipe = dict[str, Any]


@dataclass(frozen=True)
class Modality:
    """How one modality was made: configs of its processor and encoder, SHA-256 of the weights, and T and D."""

    processor: Recipe
    encoder: Recipe
    weights: str
    tokens: int
    width: int


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
    modalities: dict[str, Modality]
    shards: list[Shard] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        """Put it in `folder`, whole or not at all."""
        write_json(folder / MANIFEST, asdict(self))

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The manifest of the store in `folder`. Raises InputError if there is none, or it is damaged."""
        path = folder / MANIFEST
        if not path.is_file():
            raise InputError(
                f"{folder}: is no feature store, for it has no {MANIFEST}; make one with mmf_mixer extract."
            )
        try:
            content = json.loads(path.read_text())
            content["modalities"] = {key: Modality(**entry) for key, entry in content["modalities"].items()}
            content["shards"] = [Shard(**entry) for entry in content["shards"]]
            return cls(**content)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(f"{path}: is damaged ({error}); remove the store and extract again.") from None

    def same_recipe(self, other: "Manifest") -> bool:
        """Whether the shards of both may stand in one store."""
        return asdict(self) | {"shards": []} == asdict(other) | {"shards": []}


def difference(then: Recipe, now: Recipe) -> str | None:
    """The first setting in which two configs differ, with both values; None if they are equal.

    A setting that is off (null, false or 0) equals one that an older store does not know.
    """
    flat_then, flat_now = dict(_flat(then)), dict(_flat(now))
    for name in flat_then | flat_now:
        before, after = flat_then.get(name), flat_now.get(name)
        if (before or None) != (after or None):
            return f"{name} was {before!r} and is {after!r} now"
    return None


def _flat(recipe: Recipe, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in recipe.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
