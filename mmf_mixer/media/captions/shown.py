"""What a caption file shows: lines of words on screen for a while, with what it says of single words."""

import html
import re
from typing import NamedTuple

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


def words_of(pieces: list[tuple[str, float | None, bool]]) -> Line:
    """The words of a line that is written in pieces: letters, the time before them, whether they are marked.

    A word that is written in several pieces has the time and the mark of its first letters.
    """
    words: list[Word] = []
    glued = False  # to the letters before
    time = None
    for text, at, marked in pieces:
        time = at if at is not None else time
        letters = plain(text)
        for place, part in enumerate(re.split(r"(\s+)", letters)):
            if place % 2:
                glued = False
            elif part and glued:
                words[-1] = words[-1]._replace(text=words[-1].text + part)
            elif part:
                words.append(Word(part, time, marked))
                time, glued = None, True
    return tuple(words)
