"""What a caption file shows: lines of words on screen for a while, with what it says of single words."""

import html
import math
import re
from collections.abc import Iterable
from typing import NamedTuple

from mmf_mixer.limits import LAST_SECOND

UNENDED = 4.0  # seconds that a cue without an end lasts, if no other comes before
NO_LETTER = re.compile(r"&#\d{8,};?")  # Unicode has a million; Python converts no number of thousands of digits


class Word(NamedTuple):
    """A word; `time` is when it is spoken, in seconds, where the file says so; `marked` is whether it stands out."""

    text: str
    time: float | None = None
    marked: bool = False


Line = tuple[Word, ...]


class Shown(NamedTuple):
    """Lines on screen from `start` to `end`, in seconds. No line is empty."""

    start: float
    end: float
    lines: tuple[Line, ...]

    @property
    def words(self) -> list[Word]:
        """All words, line after line."""
        return [word for line in self.lines for word in line]

    @property
    def texts(self) -> list[tuple[str, ...]]:
        """The letters of each line."""
        return [tuple(word.text for word in line) for line in self.lines]


def plain(text: str) -> str:
    """The letters that HTML entities stand for."""
    return html.unescape(NO_LETTER.sub("\ufffd", text))


Unended = tuple[float, float | None, tuple[Line, ...]]  # a cue that may lack its end


def ended(cues: Iterable[Unended]) -> list[Shown]:
    """The cues by time. One without an end, or whose end is months away, lasts until the next one begins, but at most
    `UNENDED` after its words."""
    ordered = sorted(cues, key=lambda cue: cue[0])
    nexts = [*(start for start, _, _ in ordered[1:]), math.inf]
    return [
        Shown(start, min(following, _last(start, lines) + UNENDED) if end is None or end > LAST_SECOND else end, lines)
        for (start, end, lines), following in zip(ordered, nexts, strict=False)
    ]


def _last(start: float, lines: tuple[Line, ...]) -> float:
    return max((word.time for line in lines for word in line if word.time is not None), default=start)


def words_of(pieces: list[tuple[str, float | None, bool]]) -> Line:
    """The words of a line that is written in pieces: letters, the time before them, whether they are marked.

    A word that is written in several pieces has the time and the mark of its first letters.
    """
    words: list[Word] = []
    glued = False  # to the letters before
    time = None
    for text, at, marked in pieces:
        time = at if at is not None else time
        for place, part in enumerate(re.split(r"(\s+)", text)):
            if place % 2:
                glued = False
            elif part and glued:
                words[-1] = words[-1]._replace(text=words[-1].text + part)
            elif part:
                words.append(Word(part, time, marked))
                time, glued = None, True
    return tuple(words)
