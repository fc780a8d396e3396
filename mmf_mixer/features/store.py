"""The feature store: what frozen encoders made of a dataset folder, as safetensors shards and a manifest.

A shard holds, for some consecutive clips of one split, each modality's `<key>` (N x T x D) and `<key>_mask` (N x T),
and `readable` (N).
"""

import json
import mmap
from bisect import bisect_right
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmf_mixer.errors import InputError
from mmf_mixer.features.manifest import Manifest, Recipe, Shard, difference, sha256

DTYPES = {"F32": torch.float32, "F16": torch.float16, "U8": torch.uint8, "BOOL": torch.bool}


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
        self._maps: dict[int, MappedShard] = {}
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

    def check_weights(self, encoders: Mapping[str, Recipe]) -> None:
        """Refuse the store if an encoder's weights are not those that it was made by. Random ones may be any.

        Args:
            encoders: by modality, as `encoders.json` has them: type, params, and SHA-256 of the weights.

        Raises:
            InputError: with the first modality whose weights differ.
        """
        for key, encoder in encoders.items():
            made = self.manifest.modalities.get(key)
            if made and encoder["params"].get("weights") != "none" and made.weights != encoder["weights"]:
                raise self._stale(f"the encoder of {key!r} had other weights")

    def read(self, split: str, index: int, keys: list[str]) -> tuple[dict[str, dict[str, Tensor]], bool]:
        """`values` (T x D, float32) and `mask` (T, long) of each modality of a clip, and whether it was readable.

        Raises:
            InputError: the clip's shard is damaged.
        """
        number = bisect_right(self.starts, (split, index)) - 1
        if number not in self._maps:
            self._maps[number] = self._open(number)
        names = ["readable", *keys, *(f"{key}_mask" for key in keys)]
        row = self._maps[number].row(index - self.shards[number].first, names)
        modalities = {key: {"values": row[key].float(), "mask": row[f"{key}_mask"].long()} for key in keys}
        return modalities, bool(row["readable"])

    def _open(self, number: int) -> "MappedShard":
        shard = self.shards[number]
        path = self.folder / shard.file
        try:
            if not self.sound[number] and sha256(path) != shard.sha256:
                raise self._damaged(shard, "its SHA-256 is not that of the manifest")
            self.sound[number] = True
            return MappedShard(path)
        except OSError as error:
            raise self._damaged(shard, f"it cannot be read ({error.strerror})") from None

    def __getstate__(self) -> dict[str, Any]:  # memory maps cannot be sent to a spawned worker
        return self.__dict__ | {"_maps": {}}

    def _stale(self, reason: str) -> InputError:
        return InputError(f"{self.folder}: the feature store is stale, {reason}; extract again, or put that back.")

    def _damaged(self, shard: Shard, reason: str) -> InputError:
        path = self.folder / shard.file
        return InputError(
            f"{path}: the shard is damaged, {reason}; run the same mmf_mixer extract again, which mends it."
        )


class MappedShard:
    """A safetensors file whose rows are copied out of a memory map, which keeps no page of what it has read.

    The library's own map keeps every page, and the neighbourhood of each: shuffled, that is soon the whole store.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self.memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        start = 8 + int.from_bytes(self.memory[:8], "little")
        header = json.loads(self.memory[8:start])
        self.tensors = {name: self._view(entry, start) for name, entry in header.items()}

    def _view(self, entry: dict[str, Any], start: int) -> Tensor:
        """A tensor of the file, from its entry in the header: `dtype`, `shape`, and its place after `start`."""
        count, offset = prod(entry["shape"]), start + entry["data_offsets"][0]
        flat = torch.frombuffer(self.memory, dtype=DTYPES[entry["dtype"]], count=count, offset=offset)
        return flat.view(entry["shape"])

    def row(self, index: int, names: list[str]) -> dict[str, Tensor]:
        """Row `index` of the tensors of these names, as copies."""
        row = {name: self.tensors[name][index].clone() for name in names}
        self.memory.madvise(mmap.MADV_DONTNEED)
        return row
