"""The index of a large dataset folder: what reading it has found, in one file of arrays.

Processes map it, so that they share one copy, and none reads the lines again. It lies in the user's cache. It holds for
the very bytes of `labels.yaml` and the splits, and while no file has come into a folder of media or gone; else it is
made anew.
"""

import hashlib
import json
import mmap
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice, pairwise
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from mmf_mixer.data.clip import SPLITS, Labels
from mmf_mixer.data.clips import Columns
from mmf_mixer.errors import InputError
from mmf_mixer.files import replacing
from mmf_mixer.limits import blocks, opened
from mmf_mixer.paths import cache_root

LARGE = 10_000  # clips of a folder that gets one: reading fewer takes less than a second
DIGEST = 32  # bytes at its beginning: SHA-256 of all others
ALIGNMENT = 64  # bytes
HEAD = 4  # arrays before those of the splits
State = tuple[int, int]
Array = NDArray[np.int64]


class MappedColumns(Columns):
    """Those of one split in an index, which another process finds by the name of the file."""

    path: Path
    digest: bytes
    split: str

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.path, self.digest, self.split)


def index_path(root: str) -> Path:
    """Where the index of a dataset folder lies."""
    return cache_root() / "folders" / f"{hashlib.sha256(os.fsencode(root)).hexdigest()[:16]}.index"


def key_of(root: str, fingerprint: str, labels: Labels) -> str:
    """What an index hangs on besides the media: the folder, its annotations, and the code that has read them."""
    code = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    return json.dumps([root, fingerprint, labels.written(), hashlib.sha256(b"".join(code)).hexdigest()])


def state_of(folder: str | bytes) -> State:
    """What changes when a file comes into a folder, or goes. Raises OSError if there is no such folder."""
    status = os.stat(folder)
    return status.st_ino, status.st_ctime_ns


def write_index(path: Path, key: str, states: Mapping[str, State], splits: Mapping[str, Columns]) -> None:
    """Put an index at `path`, whole or not at all; a disk that is full or read-only costs only the next reader time.

    Args:
        key: see `key_of`.
        states: by path, `state_of` each folder that holds a file of a clip, from before that was looked for.
        splits: what was read.
    """
    folders = [os.fsencode(folder) for folder in states]
    head = (
        np.array(bytearray(key.encode())),
        np.array(bytearray(b"".join(folders))),
        np.cumsum([0, *map(len, folders)]),
        np.array([*states.values()], np.int64).reshape(-1, 2),
    )
    with suppress(OSError, InputError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as scratch, scratch.open("w+b") as file:
            for values in (*head, *(values for columns in splits.values() for values in columns)):
                _to_next(file)
                npy.write_array(file, values, allow_pickle=False)
            digest = _digest(scratch, file)
            file.seek(0)
            file.write(digest)


def read_index(path: Path, key: str) -> dict[str, Columns] | None:
    """The columns of each split; None if there is no index, it is damaged, or it is of another state of the folder."""
    with suppress(OSError, InputError, ValueError), opened(path) as file:
        digest = file.read(DIGEST)
        if _digest(path, file) == digest:
            head, splits = _parts(path, file, digest)
            if _holds(key, *head):
                return splits
    return None


def _holds(key: str, kept: NDArray[np.uint8], names: NDArray[np.uint8], ends: Array, states: Array) -> bool:
    """Whether that is the key, and each of the folders still as it was."""
    folders = (names[first:last].tobytes() for first, last in pairwise(ends.tolist()))
    same = (state_of(folder) == tuple(state) for folder, state in zip(folders, states.tolist(), strict=True))
    return kept.tobytes() == key.encode() and all(same)


def _parts(path: Path, file: BinaryIO, digest: bytes) -> tuple[list[NDArray[Any]], dict[str, Columns]]:
    """What is kept of the folder (see `_holds`), and the columns of each split."""
    arrays = _mapped(file)
    head = [next(arrays) for _ in range(HEAD)]
    splits: dict[str, Columns] = {}
    for split in SPLITS:
        splits[split] = columns = MappedColumns(*islice(arrays, len(Columns._fields)))
        columns.path, columns.digest, columns.split = path, digest, split
    return head, splits


def _again(path: Path, digest: bytes, split: str) -> Columns:
    """The same columns in another process. Raises InputError if a newer index has taken their place."""
    with opened(path) as file:
        if file.read(DIGEST) == digest:
            return _parts(path, file, digest)[1][split]
    raise InputError(f"{path}: was made anew, for the dataset folder has changed since this run began; start it again.")


def _mapped(file: BinaryIO) -> Iterator[NDArray[Any]]:
    """The arrays of an index, one after the other."""
    memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    file.seek(0)
    while True:
        _to_next(file)
        npy.read_magic(file)
        shape, _, dtype = npy.read_array_header_1_0(file)
        yield np.ndarray(shape, dtype, memory, file.tell())
        file.seek(prod(shape) * dtype.itemsize, os.SEEK_CUR)


def _to_next(file: BinaryIO) -> None:
    """Go on to where the next array begins, which lies well for a processor, behind the digest."""
    file.seek(max(ALIGNMENT, -(-file.tell() // ALIGNMENT) * ALIGNMENT))


def _digest(path: Path, file: BinaryIO) -> bytes:
    file.seek(DIGEST)
    digest = hashlib.sha256()
    for block in blocks(path, file):
        digest.update(block)
    return digest.digest()
