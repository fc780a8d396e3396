"""Scores of all windows as a few long columns, which a browser reads a hundred times as fast as as many objects."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmf_mixer.errors import InputError, shown

INTEGERS = (("uint16", 1), ("uint16", 10**4), ("uint32", 10**4), ("uint32", 10**6))  # smallest first
WINDOW = {"start", "end", "labels"}
ENTRY = {"label", "score", "modalities"}


def window_columns(windows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Columns that give back exactly the windows of a master file.

    Returns:
        `start`, `end` and `entries` (how many labels) by window; `label` (an index of `names`), `score` and, by its
        key, the share of each modality by entry. A share that an entry lacks is the largest number of its column's
        type, or NaN.

    Raises:
        InputError: a window has other fields than the format knows: they would be lost.
    """
    entries = [entry for window in windows for entry in window["labels"]]
    for known, objects in ((WINDOW, windows), (ENTRY, entries)):
        for found in objects:
            if found.keys() != known:
                other = sorted(found.keys() ^ known)[0]
                raise InputError(
                    f"a window's field {shown(other)} is missing or unknown; it has {', '.join(sorted(known))}."
                )
    names = {name: index for index, name in enumerate(dict.fromkeys(entry["label"] for entry in entries))}
    keys = dict.fromkeys(key for entry in entries for key in entry["modalities"])
    return {
        "start": column([window["start"] for window in windows]),
        "end": column([window["end"] for window in windows]),
        "entries": column([len(window["labels"]) for window in windows]),
        "names": list(names),
        "label": column([names[entry["label"]] for entry in entries]),
        "score": column([entry["score"] for entry in entries]),
        "modalities": {key: column([entry["modalities"].get(key) for entry in entries]) for key in keys},
    }


def column(values: Sequence[float | None]) -> dict[str, Any]:
    """Numbers in the smallest type that gives back each of them exactly: `value = data / scale`; None is a gap."""
    numbers = np.array(values, np.float64)  # None becomes NaN
    gaps = np.isnan(numbers)
    for name, scale in INTEGERS:
        whole, last = np.round(numbers * scale), np.iinfo(name).max
        inside = gaps | ((whole >= 0) & (whole < last) & (whole / scale == numbers))
        if inside.all() and not np.signbit(numbers[~gaps]).any():
            return _encoded(np.where(gaps, last, whole).astype(name), scale)
    return _encoded(numbers, 1)


def _encoded(numbers: NDArray[Any], scale: int) -> dict[str, Any]:
    """Little-endian bytes, in base64."""
    ordered = numbers.astype(numbers.dtype.newbyteorder("<"))
    return {"type": numbers.dtype.name, "scale": scale, "data": b64encode(ordered.tobytes()).decode()}
