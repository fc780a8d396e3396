"""Where the clock of a transport or program stream begins anew, as in recordings that were joined byte by byte.

Their packets carry samples of the sender's clock (ISO/IEC 13818-1: program and system clock references), which are
read here without FFmpeg, for it takes the clock to run on. Files of up to `READ` bytes are read whole, larger ones at
evenly spread places, and whole where the clock has gone back between two of them.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO, NamedTuple

import numpy as np

TICKS = 90_000  # per second
WRAP = 2**33  # ticks: after 26.5 hours the clock goes on at 0
FAR = 10 * TICKS  # a step that no clock makes, in either direction
NEAR = TICKS // 2  # from where the clock began: there a smaller step back is a beginning too
BLOCK = 2**16  # bytes
READ = 1024 * BLOCK
PACKETS = (188, 192, 204)  # bytes: plain, with a time before each, with a checksum after each
ALIKE = 5  # packets in a row that make a stream
PACK = re.compile(rb"\x00\x00\x01\xba(?=[\x21-\x2f\x44-\x7f])")
LONGEST = 1024  # bytes behind a place that reading its clock needs


class Stamp(NamedTuple):
    """The clock `of` a programme at a byte of the file, in ticks."""

    place: int
    of: int
    ticks: int


def joints(file: BinaryIO) -> list[int]:
    """The bytes at which the clock begins anew, ascending; none in files of other kinds."""
    size = file.seek(0, 2)
    head = _bytes(file, 0, LONGEST * 4)
    packet = next((length for length in PACKETS if _is_transport(head, length)), 0)
    if not packet and not PACK.match(head):
        return []
    if size <= READ:
        return list(_anew(file, _stamps(file, 0, size, packet), packet, {}))
    places = [round(number * (size - BLOCK) / (READ // BLOCK - 1)) for number in range(READ // BLOCK)]
    blocks = [list(_stamps(file, place, place + BLOCK, packet)) for place in places]
    found: list[int] = []
    first: dict[int, Stamp] = {}
    for one, other in pairwise(block for block in blocks if block):
        first = {**{stamp.of: stamp for stamp in reversed(one)}, **first}
        if _goes_back(one, other):
            found += _anew(file, _stamps(file, one[0].place, other[-1].place + 2 * BLOCK, packet), packet, first)
    return sorted(set(found))


def _is_transport(head: bytes, packet: int) -> bool:
    start = head.find(b"\x47", 0, packet)
    while start >= 0:
        if len(head) > start + ALIKE * packet and set(head[start : start + ALIKE * packet : packet]) == {0x47}:
            return True
        start = head.find(b"\x47", start + 1, packet)
    return False


def _stamps(file: BinaryIO, first: int, last: int, packet: int) -> Iterator[Stamp]:
    """Those of the bytes from `first` to `last`."""
    for place in range(first, last, 16 * BLOCK):
        block = _bytes(file, place, min(16 * BLOCK, last - place) + LONGEST)
        for stamp in _transport(block, packet) if packet else _program(block):
            if stamp.place < min(16 * BLOCK, last - place):
                yield stamp._replace(place=stamp.place + place)


def _transport(block: bytes, packet: int) -> Iterator[Stamp]:
    octets = np.frombuffer(block, np.uint8)
    at = np.flatnonzero(octets[: -packet - 12] == 0x47) if len(octets) > packet + 12 else np.zeros(0, int)
    at = at[(octets[at + packet] == 0x47) & (octets[at + 3] & 0x20 > 0)]
    for start in at[(octets[at + 4] >= 7) & (octets[at + 5] & 0x10 > 0)].tolist():
        of = int.from_bytes(block[start + 1 : start + 3], "big") & 0x1FFF
        yield Stamp(start, of, int.from_bytes(block[start + 6 : start + 11], "big") >> 7)


def _program(block: bytes) -> Iterator[Stamp]:
    for found in PACK.finditer(block):
        bits = int.from_bytes(block[found.end() : found.end() + 5], "big")
        if bits >> 36 == 0b0010:  # MPEG-1: 3, 15 and 15 bits, each with a marker behind
            high, middle, low = bits >> 33 & 7, bits >> 17 & 0x7FFF, bits >> 1 & 0x7FFF
        else:  # MPEG-2: 2 bits, the same, and more behind
            high, middle, low = bits >> 35 & 7, bits >> 19 & 0x7FFF, bits >> 3 & 0x7FFF
        yield Stamp(found.start(), 0, high << 30 | middle << 15 | low)


def _goes_back(one: list[Stamp], other: list[Stamp]) -> bool:
    later = {stamp.of: stamp.ticks for stamp in reversed(other)}
    return any(_step(stamp.ticks, later.get(stamp.of, stamp.ticks)) < 0 for stamp in one) or any(
        _step(early.ticks, late.ticks) < 0 or _step(early.ticks, late.ticks) > FAR
        for early, late in pairwise(other)
        if early.of == late.of
    )


def _anew(file: BinaryIO, stamps: Iterator[Stamp], packet: int, first: dict[int, Stamp]) -> Iterator[int]:
    """Where stamps leave those before them, and the next ones follow them: a damaged one alone is passed over.
    `first` are those with which the clocks began, and is kept."""
    last: dict[int, Stamp] = {}
    doubted: dict[int, Stamp] = {}
    for stamp in stamps:
        of = stamp.of
        if of in doubted and _follows(doubted[of], stamp) and not _follows(last[of], stamp):
            yield _beginning(file, last[of].place, doubted[of].place, packet) if packet else doubted[of].place
            first.clear()
            first[of], last, doubted = doubted[of], {of: stamp}, {}
        elif of in last and _begins(stamp.ticks, last[of].ticks, first[of].ticks):
            doubted[of] = stamp
        else:
            first.setdefault(of, stamp)
            last[of] = stamp
            doubted.pop(of, None)


def _follows(one: Stamp, other: Stamp) -> bool:
    return 0 <= _step(one.ticks, other.ticks) <= FAR


def _begins(ticks: int, last: int, first: int) -> bool:
    step = _step(last, ticks)
    return abs(step) > FAR or (step < -TICKS and abs(_step(first, ticks)) < NEAR)


def _step(one: int, other: int) -> int:
    """Ticks from one to the other, at most half of the clock's round in either direction."""
    return (other - one + WRAP // 2) % WRAP - WRAP // 2


def _beginning(file: BinaryIO, before: int, place: int, packet: int) -> int:
    """The list of programmes between the two packets, with which a stream begins; else the second packet."""
    block = _bytes(file, before, place - before)
    for at in range(len(block) - packet, 0, -packet):
        if block[at] != 0x47:
            break
        if not int.from_bytes(block[at + 1 : at + 3], "big") & 0x1FFF:
            return before + at
    return place


def _bytes(file: BinaryIO, place: int, count: int) -> bytes:
    file.seek(place)
    return file.read(max(count, 0))
