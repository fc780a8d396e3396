"""The feature store: what frozen encoders made of a dataset folder, as safetensors shards and a manifest.

A shard holds, for some consecutive clips of one split, each modality's `<key>` (N x T x D) and `<key>_mask` (N x T),
and `readable` (N).
"""

import mmap
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping
from itertools import accumulate
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmf_mixer.errors import InputError, shown
from mmf_mixer.limits import opened
from mmf_mixer.store.header import TensorSpec, read_header
from mmf_mixer.store.manifest import Manifest, Recipe, Shard, difference, sha256

MAPS = 128  # shards that are mapped at once: each has a file open, of which a process may have 1,024


class FeatureStore:
    """A complete store, read by memory map. Opening it looks at sizes; a shard is hashed when first read.

    Raises:
        InputError: there is no store in `folder`, or it is unfinished, or a shard is missing or has another size.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = folder = Path(folder)
        self.manifest = Manifest.read(folder)
        self.shards = sorted(self.manifest.shards, key=lambda shard: (shard.split, shard.first))
        self.starts = [(shard.split, shard.first) for shard in self.shards]
        self.sound = torch.zeros(len(self.shards), dtype=torch.bool)
        self.sound.share_memory_()  # type: ignore[no-untyped-call]  # so one worker's hashing serves them all
        self._maps: OrderedDict[int, MappedShard] = OrderedDict()  # the last one used last
        self._not_numbers: dict[int, set[tuple[str, int]]] = {}
        self._check_shards()

    def _check_shards(self) -> None:
        for split, count in self.manifest.clips.items():
            shards = [shard for shard in self.shards if shard.split == split]
            done = sum(shard.count for shard in shards)
            if done == count:
                for first, shard in zip(accumulate((shard.count for shard in shards), initial=0), shards, strict=False):
                    if shard.first != first:
                        raise self._damaged(shard, f"its clips begin at {shard.first} instead of {first}")
            else:
                raise InputError(
                    f"{self.folder}: the feature store is unfinished, it has {done} of {count} clips of {split}; "
                    "run the same mmf_mixer extract again, which goes on from there."
                )
        for shard in self.shards:
            path = self.folder / shard.file
            size = path.stat().st_size if path.is_file() else 0
            if size != shard.bytes:
                raise self._damaged(shard, f"it has {size} bytes instead of {shard.bytes}")

    def check(self, dataset: str, wanted: Mapping[str, tuple[Recipe | None, Recipe | None]]) -> None:
        """Refuse the store if it was not made from this data set, by these processors and encoders.

        Args:
            dataset: the fingerprint of the dataset folder.
            wanted: for each modality its processor's and its encoder's config; None = any.

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
            drawn = encoder["params"].get("weights") == "none"
            if made and encoder["weights"] and not drawn and made.weights != encoder["weights"]:
                raise self._stale(f"the encoder of {key!r} had other weights")

    def read(self, split: str, index: int, keys: list[str]) -> tuple[dict[str, dict[str, Tensor]], bool]:
        """`values` (T x D, float32) and `mask` (T, long) of each modality of a clip, and whether it was readable.

        Raises:
            InputError: the clip's shard is damaged, or holds values that are not numbers.
        """
        modalities, readable = self.read_batch(split, [index], keys)
        return {key: {name: batch[0] for name, batch in of.items()} for key, of in modalities.items()}, bool(readable)

    def read_batch(
        self, split: str, indices: list[int], keys: list[str]
    ) -> tuple[dict[str, dict[str, Tensor]], Tensor]:
        """`read` of B clips at once: `values` (B x T x D), `mask` (B x T), and which were readable (B, bool)."""
        names = ["readable", *keys, *(f"{key}_mask" for key in keys)]
        rows = [self._row(split, index, names) for index in indices]
        batch = {name: torch.stack([row[name] for row in rows]) for name in names}
        modalities = {key: {"values": batch[key].float(), "mask": batch[f"{key}_mask"].long()} for key in keys}
        return modalities, batch["readable"]

    def _row(self, split: str, index: int, names: list[str]) -> dict[str, Tensor]:
        number = bisect_right(self.starts, (split, index)) - 1
        if number not in self._maps:
            self._maps[number] = self._open(number)
            if len(self._maps) > MAPS:
                self._maps.popitem(last=False)
        self._maps.move_to_end(number)
        shard, row = self._maps[number], index - self.shards[number].first
        if unsound := [name for name in names if (name, row) in self._not_numbers[number]]:
            reason = f"{unsound[0]!r} of clip {index} holds values that are not numbers"
            raise self._damaged(self.shards[number], reason)
        return shard.row(row, names)

    def _open(self, number: int) -> "MappedShard":
        shard = self.shards[number]
        path = self.folder / shard.file
        try:
            if not self.sound[number] and sha256(path) != shard.sha256:
                raise self._damaged(shard, "its SHA-256 is not that of the manifest")
            self.sound[number] = True
            opened_shard = MappedShard(path)
        except OSError as error:
            raise self._damaged(shard, f"it cannot be read ({error.strerror})") from None
        except InputError:
            raise
        except ValueError as error:
            raise self._damaged(shard, str(error)) from None
        wanted: dict[str, tuple[torch.dtype, tuple[int, ...]]] = {"readable": (torch.bool, (shard.count,))}
        for key, made in self.manifest.modalities.items():
            wanted[key] = (getattr(torch, self.manifest.dtype), (shard.count, made.tokens, made.width))
            wanted[f"{key}_mask"] = (torch.uint8, (shard.count, made.tokens))
        found = {name: (tensor.dtype, tuple(tensor.shape)) for name, tensor in opened_shard.tensors.items()}
        for name, kind in wanted.items():
            if found.get(name) != kind:
                raise self._damaged(shard, f"its tensor {shown(name)} is not as the manifest says")
        if number not in self._not_numbers:
            self._not_numbers[number] = opened_shard.not_numbers()
        return opened_shard

    def __getstate__(self) -> dict[str, Any]:  # memory maps cannot be sent to a spawned worker
        return self.__dict__ | {"_maps": OrderedDict()}

    def _stale(self, reason: str) -> InputError:
        return InputError(f"{self.folder}: the feature store is stale, {reason}; extract again, or put that back.")

    def _damaged(self, shard: Shard, reason: str) -> InputError:
        path = self.folder / shard.file
        return InputError(
            f"{path}: the shard is damaged, {reason}; copy it again, or run the same mmf_mixer extract, which mends it."
        )


class MappedShard:
    """A safetensors file as a memory map, which keeps no page longer than until the next row.

    The library's own map keeps every page, and the neighbourhood of each: shuffled, that is soon the whole store.

    Raises:
        ValueError: what the header says of the tensors cannot be so, with the reason.
    """

    def __init__(self, path: Path) -> None:
        with opened(path) as file:
            self.memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        self.tensors = {name: self._view(place) for name, place in read_header(self.memory).items()}

    def not_numbers(self) -> set[tuple[str, int]]:
        """Name and row of what is NaN or infinite."""
        return {(name, row) for name, tensor in self.tensors.items() for row in _not_finite(tensor)}

    def _view(self, place: TensorSpec) -> Tensor:
        count = prod(place.shape)
        return torch.frombuffer(self.memory, dtype=place.dtype, count=count, offset=place.offset).view(place.shape)

    def row(self, index: int, names: list[str]) -> dict[str, Tensor]:
        """Row `index` of the tensors of these names, as views; the pages of former rows are given back."""
        self.memory.madvise(mmap.MADV_DONTNEED)
        return {name: self.tensors[name][index] for name in names}


def _not_finite(tensor: Tensor) -> list[int]:
    """The rows that hold NaN or infinity."""
    low, high = tensor.flatten(1).aminmax(dim=1) if tensor.dim() > 1 else (tensor, tensor)
    return (~(low.isfinite() & high.isfinite())).nonzero().flatten().tolist()
