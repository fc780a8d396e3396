"""What the index of an mp4 or QuickTime file claims, looked at before FFmpeg builds it in memory.

A few bytes may claim a hundred million pieces of one size, or let a thousand edits repeat them; FFmpeg keeps 24 bytes
for each. Names of boxes and fields are those of ISO/IEC 14496-12.
"""

import re
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path
from struct import unpack_from
from typing import BinaryIO

from mmf_mixer.errors import InputError
from mmf_mixer.limits import SEGMENTS

NAME = re.compile(rb"[ -~\xa9]{4}")
MEDIA = (b"mdat", b"idat")  # what the index is of
TABLES = re.compile(rb"stsz|trun|elst|cmov")
PER_SAMPLE = 0xF00  # flags of `trun` for fields that stand there for each piece
FEW_EDITS = 2  # the usual: one that delays, one that plays


def check_boxes(path: Path, file: BinaryIO) -> None:
    """Refuse a file whose index is larger than what it indexes. Raises InputError; other formats pass."""
    size = file.seek(0, 2)
    file.seek(0)
    if size < 16:
        return
    claimed = pieces = edits = 0
    with mmap(file.fileno(), 0, access=ACCESS_READ) as memory:
        for table in _tables(memory):
            name, first, second = memory[table : table + 4], *unpack_from(">II", memory, table + 8)
            if name == b"cmov":
                raise InputError(f"{path}: cannot be decoded (its index is compressed); encode it again.")
            if name == b"stsz":
                claimed, pieces = claimed + first * second, pieces + second
            elif name == b"trun":
                named = bool(unpack_from(">I", memory, table + 4)[0] & PER_SAMPLE)
                claimed, pieces = claimed + (0 if named else first), pieces + first
            else:
                edits = max(edits, first)
    if claimed > size or (edits > FEW_EDITS and edits * pieces > SEGMENTS):
        raise InputError(f"{path}: cannot be decoded (its index claims more than the file holds); encode it again.")


def _tables(memory: mmap) -> Iterator[int]:
    """Where the names of the tables stand, in all boxes but those of media."""
    start = 0
    while start + 16 <= len(memory) and NAME.fullmatch(memory, start + 4, start + 8):
        length, name = unpack_from(">I4s", memory, start)
        if length == 1:
            (length,) = unpack_from(">Q", memory, start + 8)
        end = len(memory) if length == 0 else start + length
        if name not in MEDIA:
            for found in TABLES.finditer(memory, start, min(end, len(memory) - 16)):
                yield found.start()
        if end <= start:
            return
        start = end
