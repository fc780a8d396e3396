"""Caption cues of a subtitle file (.srt, .vtt, .ass) in a window of time, as plain words."""

import codecs
import html
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pysubs2

from mmf_mixer.errors import InputError
from mmf_mixer.limits import CAPTIONS_BYTES, content

FORMATS = {".srt": "srt", ".vtt": "vtt", ".ass": "ass", ".ssa": "ass"}
ENCODINGS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
HEADERS = ("WEBVTT", "[Script Info]")  # a file that begins so may hold no cue and still be sound
KARAOKE = re.compile(r"<[\d:.]+>")  # WebVTT's time stamps between words
NO_LETTER = re.compile(r"&#\d{8,};?")  # Unicode has a million; Python converts no number of thousands of digits
TIME = re.compile(r"^(?=[^\n]*\d:\d)", re.MULTILINE)  # a line that may begin a cue
DRAWING = re.compile(r"\\p[1-9]")


class Cue(NamedTuple):
    """Words on screen from `start` to `end`, in seconds."""

    start: float
    end: float
    text: str


def cues(path: Path, start: float | None = None, end: float | None = None) -> list[Cue]:
    """The cues that overlap the window, by time. Styling is stripped, HTML entities are decoded, "[laughs]" stays.

    `start` and `end` are seconds; None = the file's own beginning or end. An empty file has no cues.
    Raises InputError for what is not a subtitle file in UTF-8, or in UTF-16 with a byte order mark, or is too large.
    """
    first, last = start or 0.0, math.inf if end is None else end
    found = (Cue(event.start / 1000, event.end / 1000, _words(event.plaintext)) for event in _events(path))
    return sorted(cue for cue in found if cue.text and cue.start < last and (cue.end > first or cue.start >= first))


def _events(path: Path) -> list[pysubs2.SSAEvent]:
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"{path}: captions are .srt, .vtt or .ass files; convert it.")
    text, format_ = _text(path), FORMATS[path.suffix.lower()]
    if not text.strip():
        return []
    try:
        events = pysubs2.SSAFile.from_string(CUES[format_](text), format_=format_).events
    except (pysubs2.Pysubs2Error, ValueError, IndexError):
        events = []
    if not events and not text.lstrip().startswith(HEADERS):
        raise InputError(f"{path}: holds no cue that can be read; write it as {path.suffix.lower()[1:].upper()}.")
    return list(events)


def _text(path: Path) -> str:
    written = content(path, CAPTIONS_BYTES)
    encoding = next((name for mark, name in ENCODINGS.items() if written.startswith(mark)), "utf-8")
    try:
        text = written.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # also what UTF-16 without a mark looks like
        raise InputError(f"{path}: its letters are in an unknown encoding; save it as UTF-8.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _srt_cues(text: str) -> str:
    """SubRip in which pysubs2 finds the end of all that it looks for, instead of looking again from every letter."""
    return "".join(map(_closed, TIME.split(re.sub(r"\n{3,}", "\n\n", text))))


def _vtt_cues(text: str) -> str:
    """WebVTT without notes, styles and cue names, which pysubs2 would read as words."""
    blocks = re.findall(r"^[^\n]*-->[^\n]*(?:\n[^\n]*\S[^\n]*)*", text, flags=re.MULTILINE)
    return "WEBVTT\n\n" + "\n\n".join(map(_closed, blocks))


def _ass_cues(text: str) -> str:
    """The lines of dialogue alone: no fonts, no styles, no drawings."""
    lines = (line for line in text.split("\n") if line.startswith("Dialogue:") and not DRAWING.search(line))
    return "[Script Info]\n[Events]\n" + "\n".join(map(_closed, lines))


CUES: dict[str, Callable[[str], str]] = {"srt": _srt_cues, "vtt": _vtt_cues, "ass": _ass_cues}


def _closed(cue: str) -> str:
    """The same words, in which no "{" or "<" lacks its end."""
    for opening, closing, entity in (("{", "}", "&lbrace;"), ("<", ">", "&lt;")):
        head, found, tail = cue.rpartition(closing)
        cue = head + found + tail.replace(opening, entity)
    return cue


def _words(text: str) -> str:
    return " ".join(html.unescape(NO_LETTER.sub("\ufffd", KARAOKE.sub("", text))).split())
