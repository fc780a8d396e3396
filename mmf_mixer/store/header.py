"""The header of a safetensors file, checked against the file before anything is made of it."""

import json
from math import prod
from typing import Any, NamedTuple

import torch

from mmf_mixer.errors import shown
from mmf_mixer.limits import HEADER_BYTES

DTYPES = {"F32": torch.float32, "F16": torch.float16, "U8": torch.uint8, "BOOL": torch.bool}
METADATA = "__metadata__"  # the one entry that is no tensor


class TensorSpec(NamedTuple):
    """A tensor of the file: its values begin at byte `offset`."""

    dtype: torch.dtype
    shape: tuple[int, ...]
    offset: int


def read_header(memory: Any) -> dict[str, TensorSpec]:
    """The tensors of a safetensors file by name, from its bytes.

    Raises:
        ValueError: with the reason, unless the tensors fill the file without gap and overlap, as the format demands.
    """
    start = 8 + int.from_bytes(memory[:8], "little")
    if not 8 < start <= min(len(memory), 8 + HEADER_BYTES):
        raise ValueError(f"its header is said to have {start - 8:,} bytes")
    try:
        entries = json.loads(memory[8:start])
    except (ValueError, RecursionError):
        raise ValueError("its header is not JSON") from None
    if not isinstance(entries, dict):
        raise ValueError("its header names no tensors")
    entries.pop(METADATA, None)
    spans = sorted(_span(name, entry) for name, entry in entries.items())
    end = 0
    for first, last, name in spans:
        if first != end:
            raise ValueError(f"its tensor {shown(name)} begins at byte {shown(first)} instead of {end}")
        end = last
    if end != len(memory) - start:
        raise ValueError(f"its tensors have {shown(end)} bytes, and {len(memory) - start} are there")
    return {
        name: TensorSpec(DTYPES[entry["dtype"]], tuple(entry["shape"]), start + entry["data_offsets"][0])
        for name, entry in entries.items()
    }


def _span(name: str, entry: object) -> tuple[int, int, str]:
    """First byte and end of a tensor. Raises ValueError if they do not agree with its type and shape."""
    if not isinstance(entry, dict) or not {"dtype", "shape", "data_offsets"} <= set(entry):
        raise ValueError(f"its header says too little of {shown(name)}")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise ValueError(f"its tensor {shown(name)} is of type {shown(dtype)}")
    if not _are_counts(shape) or not all(shape) or not _are_counts(offsets) or len(offsets) != 2:
        raise ValueError(f"its tensor {shown(name)} has shape {shown(shape)} at {shown(offsets)}")
    if offsets[1] - offsets[0] != prod(shape) * DTYPES[dtype].itemsize:
        raise ValueError(f"its tensor {shown(name)} of shape {shown(shape)} has other bytes than it needs")
    return offsets[0], offsets[1], name


def _are_counts(values: object) -> bool:
    """Whether it is a list of sizes that a file may have."""
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 2**63 for value in values)
