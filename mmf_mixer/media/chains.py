"""Where whole Matroska (RFC 9559) or Ogg (RFC 3533) files follow one another in a file, as recorders that stop and go
on, and internet radio, write them. Their time stamps begin anew in each."""

import re
from itertools import pairwise
from typing import BinaryIO

READ = 2**26  # bytes that are searched; the rest of a larger file is taken to be of one piece
EBML, SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
# The header's first element is its version, 1.
HEADER = re.compile(EBML + rb"(?:[\x80-\xff]|\x01.{7}|[\x40-\x7f].|[\x20-\x3f]..|[\x10-\x1f]...)\x42\x86\x81\x01", re.S)
PAGE = re.compile(rb"OggS\x00([\x00-\x07])")
FIRST = 2  # flag of the page that begins a stream


def chains(file: BinaryIO) -> list[int]:
    """The bytes at which the second and later files begin; none in files of other kinds."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(4)
    if head == EBML:
        return _matroska(file, size)
    return _ogg(file) if head == b"OggS" else []


def _matroska(file: BinaryIO, size: int) -> list[int]:
    found: list[int] = []
    place = 0
    while True:
        header = _element(file, place, EBML)
        segment = _element(file, header, SEGMENT) if header is not None else None
        if segment is None:  # recorded live, it does not say how long it is
            file.seek(place + 4)
            return found + [place + 4 + match.start() for match in HEADER.finditer(file.read(READ))]
        if segment >= size or _element(file, segment, EBML) is None:
            return found
        found.append(place := segment)


def _element(file: BinaryIO, place: int, name: bytes) -> int | None:
    """Where the element of four letters ends; None if it is another or does not say."""
    file.seek(place)
    head = file.read(12)
    if head[:4] != name or len(head) < 12 or not head[4]:
        return None
    length = 9 - head[4].bit_length()
    value = int.from_bytes(head[4 : 4 + length], "big") & ((1 << 7 * length) - 1)
    return None if value == (1 << 7 * length) - 1 else place + 4 + length + value


def _ogg(file: BinaryIO) -> list[int]:
    """Several streams may begin together; a beginning behind other pages is a new file."""
    file.seek(0)
    pages = PAGE.finditer(file.read(READ))
    return [later.start() for one, later in pairwise(pages) if later[1][0] & FIRST and not one[1][0] & FIRST]
