"""The one engine behind all targets: a valid input with a few random injuries."""

import random
import re
import struct
from collections.abc import Callable

EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
WORD = re.compile(rb"[\w.+-]+")
WORDS = (
    b"0",
    b"-1",
    b"1",
    b"3",
    b"2.5",
    b"1e999",
    b"9" * 30,
    b"NaN",
    b"null",
    b"true",
    b"x",
    b"a/b",
    b"..",
    b"[]",
    b"{}",
)
NAME = re.compile(rb"[a-z]{4}")
TEXTS = (
    *(b"\n", b"\r", b"\0", b"[" * 300, b"{" * 300, b"}", b'"', b"<a", b"&#" + b"9" * 20, b"\xff\xfe", b"\xef\xbb\xbf"),
    *(
        b"-->",
        b"99:99:99,999",
        b"-1",
        b"1e999",
        b"NaN",
        b"null",
        b"9" * 40,
        b"../",
        b"/dev/zero",
        b"\\ud800",
        b"&a ",
        b"*a",
    ),
    *(b"!!python/object/apply:os.system ", b"<<: ", b"0x" + b"F" * 5000, b"\xe2\x80\xa8", b"\x1b[2J"),
)


def mutated(luck: random.Random, seeds: list[bytes]) -> bytes:
    """One of the seeds, injured in one to eight places."""
    content = luck.choice(seeds)
    for _ in range(luck.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        injuries = TO_TEXT if content.isascii() and luck.random() < 0.9 else TO_BYTES
        content = luck.choice(injuries)(luck, content, luck.choice(seeds))
    return content


def _place(luck: random.Random, content: bytes) -> int:
    """Anywhere, but every other time near an end, where headers and indexes are."""
    length = len(content)
    near = min(length, 2000)
    return luck.choice((luck.randint(0, length), luck.randint(0, near), length - luck.randint(0, near)))


def _flip(luck: random.Random, content: bytes, other: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(luck.choice((1, 4, 32)) if changed else 0):
        changed[min(_place(luck, content), len(changed) - 1)] ^= 1 << luck.randrange(8)
    return bytes(changed)


def _number(luck: random.Random, content: bytes, other: bytes) -> bytes:
    """An extreme number in place of four bytes, in either order."""
    place = _place(luck, content)
    number = struct.pack(luck.choice("<>") + "I", luck.choice(EDGES))
    return content[:place] + number + content[place + 4 :]


def _cut(luck: random.Random, content: bytes, other: bytes) -> bytes:
    place = _place(luck, content)
    return content[:place]


def _remove(luck: random.Random, content: bytes, other: bytes) -> bytes:
    place = _place(luck, content)
    return content[:place] + content[place + luck.choice((1, 2, 4, 8, 100, 1000)) :]


def _insert(luck: random.Random, content: bytes, other: bytes) -> bytes:
    place = _place(luck, content)
    return content[:place] + luck.choice((luck.choice(TEXTS), luck.randbytes(luck.randint(1, 64)))) + content[place:]


def _repeat(luck: random.Random, content: bytes, other: bytes) -> bytes:
    place, length = _place(luck, content), luck.choice((1, 8, 64, 512))
    return content[:place] + content[place : place + length] * luck.choice((1, 2, 50)) + content[place:]


def _splice(luck: random.Random, content: bytes, other: bytes) -> bytes:
    """The beginning of one and the end of another."""
    return content[: _place(luck, content)] + other[_place(luck, other) :]


def _word(luck: random.Random, content: bytes, other: bytes) -> bytes:
    """A word or number in place of another, so that what is made of them stays in shape."""
    found = list(WORD.finditer(content, luck.randint(0, len(content) // 2)))[:500]
    if not found:
        return content
    place = luck.choice(found)
    word = luck.choice((luck.choice(found)[0], luck.choice(WORDS)))
    return content[: place.start()] + word + content[place.end() :]


def _box(luck: random.Random, content: bytes, other: bytes) -> bytes:
    """A box of an mp4 file, with all in it, over or before another; what has no boxes is cut at its letters."""
    starts = [found.start() - 4 for found in NAME.finditer(content, 4)]
    if len(starts) < 2:
        return content
    source, target = luck.choice(starts), luck.choice(starts)
    box = content[source : source + min(int.from_bytes(content[source : source + 4]), 4000)]
    return content[:target] + box + content[target + luck.choice((0, len(box))) :]


Injury = Callable[[random.Random, bytes, bytes], bytes]
TO_BYTES: tuple[Injury, ...] = (_flip, _flip, _number, _number, _number, _cut, _remove, _insert, _repeat, _splice, _box)
TO_TEXT: tuple[Injury, ...] = (_word, _word, _word, _word, _word, _insert, _repeat, _cut, _remove, _splice)
