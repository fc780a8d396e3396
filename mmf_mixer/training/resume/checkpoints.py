"""Checkpoint files: whole, checked when read, and no more of them than wanted.

A checkpoint is what MMF puts into one, and besides `format`, `digest`, `identity` (see `identity.py`) and `progress`
(see `progress.py`): tensors, plain numbers and text, so that reading one can run no code.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmf_mixer.errors import InputError
from mmf_mixer.files import replacing

FORMAT = 1  # to be raised when a later version could not go on from what an earlier one wrote
NAMED = 20  # more keys than these are counted, not named


def write_checkpoint(path: Path, content: Mapping[str, object]) -> None:
    """Write `content` and its digest to `path`. Raises InputError if the disk is full; `path` is then as it was."""
    write_tensors(path, {**content, "format": FORMAT, "digest": tensor_digest(content)})


def write_tensors(path: Path, content: Mapping[str, object]) -> None:
    """Write a state dict, or more, as torch does, whole or not at all."""
    with replacing(path) as scratch, scratch.open("wb") as file:
        torch.save(content, file)


def check_checkpoint(content: Any, path: Path) -> None:
    """Whether what was read from `path` is what was written. Files that this plugin did not write are not judged.

    Raises:
        InputError: a bit has changed since, or a later version of the plugin wrote it.
    """
    if not isinstance(content, Mapping) or "digest" not in content:
        return
    if not isinstance(content.get("format"), int):
        raise InputError(
            f"The checkpoint {path} cannot be read (it does not say in which format it is): delete it, or name another "
            "with checkpoint.resume_file."
        )
    if content["format"] > FORMAT:
        raise InputError(
            f"The checkpoint {path} has format {content['format']}, but this version of mmf_mixer knows formats up to "
            f"{FORMAT}: use the version that wrote it, or a later one."
        )
    written = {name: value for name, value in content.items() if name not in ("format", "digest")}
    if tensor_digest(written) != content["digest"]:
        raise InputError(
            f"The checkpoint {path} cannot be read (its tensors are not those that were written): delete it, or name "
            "another with checkpoint.resume_file."
        )


def tensor_digest(content: object) -> str:
    """SHA-256 over place, type, shape and values of all tensors in nested mappings and lists, in hexadecimal."""
    digest = hashlib.sha256()
    for place, value in _tensors(content, ""):
        digest.update(f"{place} {value.dtype} {list(value.shape)}\n".encode())
        digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _tensors(content: object, place: str) -> Iterator[tuple[str, Tensor]]:
    if isinstance(content, Tensor):
        yield place, content
    elif isinstance(content, Mapping):
        for key, value in content.items():
            yield from _tensors(value, f"{place}/{key}")
    elif isinstance(content, list | tuple):
        for index, value in enumerate(content):
            yield from _tensors(value, f"{place}/{index}")


def prune(folder: Path, update: int, keep: int) -> None:
    """Of the files `model_<update>.ckpt` up to that update leave the last `keep`, and nothing half written.

    `keep` below 1 keeps all. A later update's file is of an earlier run, and stays.
    """
    for scratch in folder.glob("*.ckpt.*.tmp"):  # of a process that was killed while writing
        scratch.unlink(missing_ok=True)
    updates = sorted(int(path.stem.removeprefix("model_")) for path in folder.glob("model_*.ckpt"))
    earlier = [number for number in updates if number <= update]
    for number in earlier[:-keep] if keep > 0 else []:
        (folder / f"model_{number}.ckpt").unlink(missing_ok=True)


def named(keys: list[str]) -> str:
    """The keys in a sentence, the first of them by name."""
    more = f" and {len(keys) - NAMED} more" if len(keys) > NAMED else ""
    return ", ".join(keys[:NAMED]) + more
