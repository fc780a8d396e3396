"""The feature store: what frozen encoders made of a dataset folder, as safetensors shards and a manifest.

A shard holds, for some consecutive clips of one split, each modality's `<key>` (N x T x D) and `<key>_mask` (N x T),
and `readable` (N). `manifest.json` says how they were made; a store without one is no store.
"""

import hashlib
import json
import os
import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from mmf_mixer.errors import InputError

MANIFEST = "manifest.json"
RESIDENT = 128 * 2**20  # bytes read through memory maps before they are closed, which gives the pages back

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
        with replacing(folder / MANIFEST) as path:
            path.write_text(json.dumps(asdict(self), indent=1))

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


class FeatureStore:
    """A complete store, read by memory map. Opening it looks at sizes; a shard is hashed when first read.

    Raises:
        InputError: there is no store in `folder`, or it is unfinished, or a shard is missing or has another size.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = Manifest.read(folder)
        self.shards = sorted(self.manifest.shards, key=lambda shard: (shard.split, shard.first))
        self.starts = [(shard.split, shard.first) for shard in self.shards]
        self.sound = torch.zeros(len(self.shards), dtype=torch.bool)
        self.sound.share_memory_()  # type: ignore[no-untyped-call]  # so one worker's hashing serves them all
        self._maps: dict[int, dict[str, Tensor]] = {}
        self._read = 0
        self._check_shards()

    def _check_shards(self) -> None:
        for split, count in self.manifest.clips.items():
            done = sum(shard.count for shard in self.shards if shard.split == split)
            if done != count:
                raise InputError(
                    f"{self.folder}: the feature store is unfinished, it has {done} of {count} clips of {split}; "
                    "run the same mmf_mixer extract again, which goes on from there."
                )
        for shard in self.shards:
            path = self.folder / shard.file
            size = path.stat().st_size if path.is_file() else 0
            if size != shard.bytes:
                raise self._damaged(shard, f"it has {size} bytes instead of {shard.bytes}")

    def check(self, dataset: str, wanted: Mapping[str, tuple[Recipe, Recipe | None]]) -> None:
        """Refuse the store if it was not made from this data set, by these processors and encoders.

        Args:
            dataset: the fingerprint of the dataset folder.
            wanted: for each modality its processor's and its encoder's config; None = any encoder.

        Raises:
            InputError: with the first thing that differs.
        """
        if dataset != self.manifest.dataset:
            raise self._stale("labels.yaml or a split of the dataset folder differs from what was extracted")
        for key, (processor, encoder) in wanted.items():
            if key not in self.manifest.modalities:
                raise self._stale(f"it lacks the modality {key!r}, it has {', '.join(self.manifest.modalities)}")
            made = self.manifest.modalities[key]
            for part, now, then in (("processor", processor, made.processor), ("encoder", encoder, made.encoder)):
                if now is not None and (changed := difference(then, now)):
                    raise self._stale(f"the {part} of {key!r} has changed: {changed}")

    def read(self, split: str, index: int, keys: list[str]) -> tuple[dict[str, dict[str, Tensor]], bool]:
        """`values` (T x D, float32) and `mask` (T, long) of each modality of a clip, and whether it was readable.

        Raises:
            InputError: the clip's shard is damaged.
        """
        number = bisect_right(self.starts, (split, index)) - 1
        row = index - self.shards[number].first
        tensors = self._map(number)
        modalities = {}
        for key in keys:
            values = tensors[key][row].to(torch.float32, copy=True)
            self._read += values.nbytes
            modalities[key] = {"values": values, "mask": tensors[f"{key}_mask"][row].long()}
        return modalities, bool(tensors["readable"][row])

    def _map(self, number: int) -> dict[str, Tensor]:
        if self._read > RESIDENT:
            self._maps.clear()
            self._read = 0
        if number not in self._maps:
            self._maps[number] = self._open(number)
        return self._maps[number]

    def _open(self, number: int) -> dict[str, Tensor]:
        shard = self.shards[number]
        path = self.folder / shard.file
        try:
            if not self.sound[number] and sha256(path) != shard.sha256:
                raise self._damaged(shard, "its SHA-256 is not that of the manifest")
            self.sound[number] = True
            with safe_open(path, framework="pt") as file:  # its tensors are views of the memory map
                return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (it is no mapping)
        except (OSError, SafetensorError) as error:
            raise self._damaged(shard, str(error)) from None

    def __getstate__(self) -> dict[str, Any]:  # memory maps cannot be sent to a spawned worker
        return self.__dict__ | {"_maps": {}}

    def _stale(self, reason: str) -> InputError:
        return InputError(f"{self.folder}: the feature store is stale, {reason}; extract again, or put that back.")

    def _damaged(self, shard: Shard, reason: str) -> InputError:
        path = self.folder / shard.file
        return InputError(
            f"{path}: the shard is damaged, {reason}; run the same mmf_mixer extract again, which mends it."
        )


def difference(then: Recipe, now: Recipe) -> str | None:
    """The first setting in which two configs differ, with both values; None if they are equal."""
    flat_then, flat_now = dict(_flat(then)), dict(_flat(now))
    for name in flat_then | flat_now:
        before, after = flat_then.get(name), flat_now.get(name)
        if before != after:
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


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, which takes its place if the block ends well and is gone if it does not."""
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".tmp", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
        os.chmod(name, 0o644)  # mkstemp makes it private
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
