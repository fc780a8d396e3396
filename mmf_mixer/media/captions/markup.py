"""SubRip and WebVTT: where cues begin and end in the text of a file, and what their tags say.

WebVTT is read as its standard says (https://www.w3.org/TR/webvtt1/, sections 4 and 6.1); SubRip, which has none, as
players do. pysubs2 takes numbers at the end of a cue for those of the next one, braces for tags, and a line with two
times between its words for the beginning of a cue.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from mmf_mixer.media.captions.shown import Line, Shown, plain, words_of

STAMP = r"(?:(\d{1,6}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
TIME_LINE = re.compile(rf"\s*{STAMP}[ \t]*-->[ \t]*{STAMP}(?=\s|$)")
STAMP_TAG = re.compile(rf"<{STAMP}>")
TAG = re.compile(r"<(/?)([a-zA-Z][^\s<>/]*)[^<>]*>")
EITHER = re.compile(r"(<[^<>]*>)")
OVERRIDE = re.compile(r"\{\\[^{}]*\}")  # the tags of SubStation in SubRip, such as {\an8}
INDEX = re.compile(r"\s*\d+\s*")
MARKS = re.compile(r"b|u|font|c\..+")  # by which a word stands out among its neighbours; <i> says who speaks


def srt(text: str) -> list[Shown]:
    """The cues of SubRip, in file order. A number right before a line of times names the cue, all others are words."""
    return list(_cues(text.split("\n"), _srt_body))


def vtt(text: str) -> list[Shown]:
    """The cues of WebVTT, in file order, without notes, styles and the names of cues."""
    return list(_cues(text.split("\n"), _vtt_body))


def _cues(lines: list[str], body: Callable[[list[str]], list[str]]) -> Iterator[Shown]:
    begun: list[tuple[int, re.Match[str] | None]] = [
        (number, match) for number, line in enumerate(lines) if "-->" in line and (match := TIME_LINE.match(line))
    ]
    for (number, match), (end, _) in pairwise([*begun, (len(lines), None)]):
        assert match is not None  # it is None at the end only
        stamps = match.groups()
        found = [_line(line) for line in body(lines[number + 1 : end])]
        yield Shown(_seconds(stamps[:4]), _seconds(stamps[4:]), tuple(filter(None, found)))


def _srt_body(lines: list[str]) -> list[str]:
    """The text up to the number before the next line of times, blank lines in between included."""
    if lines and INDEX.fullmatch(lines[-1]):
        lines = lines[:-1]
    return [OVERRIDE.sub("", line) for line in lines]


def _vtt_body(lines: list[str]) -> list[str]:
    """The text up to an empty line; a line of blanks is none."""
    return lines[: lines.index("")] if "" in lines else lines


def _line(text: str) -> Line:
    pieces: list[tuple[str, float | None, bool]] = []
    time, depth, aside = None, 0, False
    for place, part in enumerate(EITHER.split(text)):
        if place % 2 == 0:
            if part and not aside:
                pieces.append((plain(part), time, depth > 0))
                time = None
        elif stamp := STAMP_TAG.fullmatch(part):
            time = _seconds(stamp.groups())
        elif tag := TAG.fullmatch(part):
            closing, name = tag.groups()
            if MARKS.fullmatch(name) or (closing and name == "c"):
                depth = max(0, depth - 1) if closing else depth + 1
            aside = name == "rt" and not closing  # how a word is read, written above it
        elif not re.fullmatch(r"</?>|<[\d:.]+>", part):
            pieces.append((plain(part), time, depth > 0))  # letters that only look like a tag
    return words_of(pieces)


def _seconds(stamp: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in stamp)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000
