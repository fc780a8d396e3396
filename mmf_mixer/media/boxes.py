"""What the index of an mp4 or QuickTime file claims, looked at before FFmpeg builds it in memory.

A few bytes may claim a hundred million pieces of one size, or let a thousand edits repeat them; FFmpeg keeps 24 bytes
for each. Boxes are looked for where they nest and FFmpeg looks for them, so that nothing in a title or a comment is
taken for one. Names of boxes and fields are those of ISO/IEC 14496-12.
"""

from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path
from struct import unpack_from
from typing import BinaryIO, NamedTuple

from mmf_mixer.errors import InputError
from mmf_mixer.limits import BOXES, SEGMENTS

HOLDERS = frozenset(  # boxes of boxes; FFmpeg asks nowhere which box may stand in which
    b"moov trak edts mdia minf dinf stbl tref mvex moof traf udta ilst sinf schi wave iprp ipco free skip hoov".split()
)
TABLES = frozenset((b"stsz", b"trun", b"elst", b"cmov"))
DESCRIPTIONS = (
    16,
    36,
    52,
    72,
    86,
)  # bytes before the boxes in a sample description: of data, of sound (three), of pictures
PER_SAMPLE = 0xF00  # flags of `trun` for fields that stand there for each piece
FEW_EDITS = 2  # the usual: one that delays, one that plays
BEYOND = b""  # the name of a box that is one too many
DEPTH = 11  # at which FFmpeg gives up; `moov/trak/mdia/minf/stbl/stsz` has six


class Box(NamedTuple):
    """A box: its name, and where its content lies in the file."""

    name: bytes
    first: int
    end: int


def check_boxes(path: Path, file: BinaryIO) -> None:
    """Refuse a file whose index is larger than what it indexes. Raises InputError; other formats pass."""
    size = file.seek(0, 2)
    file.seek(0)
    if size < 16:
        return
    claimed = pieces = edits = 0
    with mmap(file.fileno(), 0, access=ACCESS_READ) as memory:
        for name, first, end in _Walk(memory).tables(0, size):
            if name in (b"cmov", BEYOND):
                reason = "its index is compressed" if name == b"cmov" else "its index has too many parts"
                raise InputError(f"{path}: cannot be decoded ({reason}); encode it again.")
            if end - first < 12:
                continue
            flags, one, two = unpack_from(">III", memory, first)
            if name == b"stsz":
                claimed, pieces = claimed + one * two, pieces + two
            elif name == b"trun":
                claimed, pieces = claimed + (0 if flags & PER_SAMPLE else one), pieces + one
            else:
                edits = max(edits, one)
    if claimed > size or (edits > FEW_EDITS and edits * pieces > SEGMENTS):
        raise InputError(f"{path}: cannot be decoded (its index claims more than the file holds); encode it again.")


class _Walk:
    """A way through the boxes of a file, which ends after `limits.BOXES` of them."""

    def __init__(self, memory: mmap) -> None:
        self.memory = memory
        self.left = BOXES

    def tables(self, first: int, end: int, depth: int = 0) -> Iterator[Box]:
        """The tables among the boxes from `first` to `end`, and in those that hold boxes."""
        for box in self.boxes(first, end):
            if box.name in TABLES or box.name == BEYOND:
                yield box
            if depth == DEPTH:
                continue
            if box.name in HOLDERS:
                yield from self.tables(box.first, box.end, depth + 1)
            elif box.name == b"meta":  # of ISO with four bytes first, of QuickTime without
                begin = self.memory.find(b"hdlr", box.first, box.end)
                yield from self.tables(begin - 4, box.end, depth + 1) if begin >= box.first + 4 else ()
            elif box.name == b"stsd":
                for entry in self.boxes(box.first + 8, box.end):
                    for before in DESCRIPTIONS:
                        yield from self.tables(entry.first - 8 + before, entry.end, depth + 1)

    def boxes(self, first: int, end: int) -> Iterator[Box]:
        """The boxes that follow one another from `first` to `end`; one that says it is longer ends there."""
        while first + 8 <= end:
            length, name = unpack_from(">I4s", self.memory, first)
            content = first + 8
            if length == 1 and content + 8 <= end:
                (length,) = unpack_from(">Q", self.memory, content)
                content += 8
            after = end if length == 0 else min(first + length, end)
            if after < content:
                return
            self.left -= 1
            if self.left < 0:
                yield Box(BEYOND, content, after)
                return
            yield Box(name, content, after)
            first = after
