"""Where in a Flash Video file a time lies. It has no index, and FFmpeg reads all of the file before it to find out.

It is a list of tags with their times (Adobe's Flash Video File Format Specification 10.1, annex E), in which a place is
found by halving, and from there the next tag by what its neighbours say.
"""

import os
from pathlib import Path
from typing import NamedTuple

from mmf_mixer import limits

HEADER = 13  # bytes, before the first tag
TAG = 11  # bytes, before its content
SOUND, PICTURE, NOTE = 8, 9, 18
IN_PARTS = (7, 12)  # H.264 and H.265, whose configuration and end are tags too
NEAR = 2**16  # bytes that are read tag by tag
WINDOW = 2**21  # bytes in which the next tag is sought: the largest picture


class Tag(NamedTuple):
    """`place` and `next` are bytes of the file, `key` says whether decoding can begin here."""

    place: int
    next: int
    kind: int
    seconds: float
    key: bool


def tag_before(path: Path, seconds: float, picture: bool) -> int | None:
    """The byte of the last key picture, or else of the last sound, at or before a time stamp; None if none is found."""
    with limits.opened(path) as file:
        number, size = file.fileno(), file.seek(0, 2)
        low, high = HEADER, size
        while high - low > NEAR:
            tag = _next_tag(number, middle := (low + high) // 2, size)
            low, high = (tag.place, high) if tag and tag.place < high and tag.seconds <= seconds else (low, middle)
        back = NEAR
        while True:
            if (found := _last(number, low, size, seconds, picture)) is not None or low <= HEADER:
                return found
            tag = _next_tag(number, max(low - back, HEADER), size)
            low, back = (tag.place if tag and tag.place < low else HEADER), 2 * back


def _last(number: int, place: int, size: int, seconds: float, picture: bool) -> int | None:
    found = None
    tag = _tag(number, place, size)
    while tag and tag.seconds <= seconds:
        if tag.key and (tag.kind == PICTURE) == picture:
            found = tag.place
        tag = _tag(number, tag.next, size)
    return found


def _next_tag(number: int, place: int, size: int) -> Tag | None:
    """The first tag from a byte on that ends as it says, and is followed by another or the end."""
    block = os.pread(number, WINDOW, place)
    for at in range(len(block) - TAG):
        if block[at] in (SOUND, PICTURE, NOTE) and block[at + 8 : at + 11] == b"\0\0\0":
            tag = _tag(number, place + at, size)
            if tag and (tag.next == size or _tag(number, tag.next, size)):
                return tag
    return None


def _tag(number: int, place: int, size: int) -> Tag | None:
    head = os.pread(number, TAG + 2, place)
    if len(head) < TAG + 2 or head[0] not in (SOUND, PICTURE, NOTE) or head[8:11] != b"\0\0\0":
        return None
    length = int.from_bytes(head[1:4], "big")
    if place + TAG + length + 4 > size:
        return None
    if int.from_bytes(os.pread(number, 4, place + TAG + length), "big") != TAG + length:
        return None
    milliseconds = head[7] << 24 | int.from_bytes(head[4:7], "big")
    low = head[TAG] & 0x0F  # the codec; of newer codecs what the tag is
    shown = low in (1, 3) if head[TAG] & 0x80 else low not in IN_PARTS or head[TAG + 1] == 1
    key = head[0] == SOUND or (head[0] == PICTURE and head[TAG] >> 4 & 7 == 1 and shown)
    return Tag(place, place + TAG + length + 4, head[0], milliseconds / 1000, key)
