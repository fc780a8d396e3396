"""A caption file in a window of time. It is parsed once, whatever the number of its windows."""

import math
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from mmf_mixer.errors import CONTROL, LONGEST, InputError
from mmf_mixer.limits import BROADCAST_BYTES, CAPTIONS_BYTES, content, decoded
from mmf_mixer.media.captions.broadcast import Unsound, scc, stl, ttml
from mmf_mixer.media.captions.markup import srt, vtt
from mmf_mixer.media.captions.shown import Shown
from mmf_mixer.media.captions.spoken import Cue, Part, Spoken, cues_of, spoken
from mmf_mixer.media.captions.substation import ass


class Format(NamedTuple):
    """How a kind of file is read, from its text or its bytes, and how many it may have.

    `strict` readers refuse what is of another kind; of others, what begins like none of `HEADERS` must hold a cue.
    """

    read: Callable[[Any], list[Shown]]
    most: int = CAPTIONS_BYTES
    binary: bool = False
    strict: bool = False


TTML = Format(ttml, BROADCAST_BYTES, strict=True)
FORMATS = {
    **{".srt": Format(srt), ".vtt": Format(vtt), ".ass": Format(ass), ".ssa": Format(ass)},
    ".scc": Format(scc, BROADCAST_BYTES),
    **{".ttml": TTML, ".dfxp": TTML, ".itt": TTML, ".xml": TTML},
    ".stl": Format(stl, BROADCAST_BYTES, binary=True, strict=True),
}
KINDS = f"{', '.join(list(FORMATS)[:-1])} or {list(FORMATS)[-1]}"
HEADERS = ("WEBVTT", "[Script Info]", "Scenarist_SCC")  # a file that begins so may hold no cue and still be sound
KEPT = 256  # files that stay parsed, as far as they have less than CAPTIONS_BYTES together

Key = tuple[str, int, int]  # path, bytes, and when it was written
_parsed: OrderedDict[Key, list[Spoken]] = OrderedDict()


def cues(path: Path, start: float | None = None, end: float | None = None) -> list[Cue]:
    """What is said in the window, by time; of a cue whose words have times of their own, those of the window.

    Styling is stripped, HTML entities are decoded, "[laughs]" stays. `start` and `end` are seconds; None = the file's
    own beginning or end. An empty file has no cues. Raises InputError for what is not a subtitle file in UTF-8, or in
    UTF-16 with a byte order mark, or is too large.
    """
    first, last = start or 0.0, math.inf if end is None else end
    inside = ([part for part in parts if _overlaps(part, first, last)] for parts in _read(path))
    return cues_of(inside)


def _overlaps(part: Part, first: float, last: float) -> bool:
    return part.start < last and (part.end > first or part.start >= first)


def _read(path: Path) -> list[Spoken]:
    """All that is said, from memory if the file has not changed."""
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"{path}: captions are {KINDS} files; convert it.")
    key = _key(path)
    if key is None or key not in _parsed:
        found = _parse(path)
        if key is None:
            return found
        _parsed[key] = found
        while len(_parsed) > 1 and (len(_parsed) > KEPT or sum(size for _, size, _ in _parsed) > CAPTIONS_BYTES):
            _parsed.popitem(last=False)
    _parsed.move_to_end(key)
    return _parsed[key]


def _key(path: Path) -> Key | None:
    try:
        status = path.stat()
    except (OSError, ValueError):  # reading it says why
        return None
    return str(path), status.st_size, status.st_mtime_ns


def _parse(path: Path) -> list[Spoken]:
    form = FORMATS[path.suffix.lower()]
    written = content(path, form.most)
    source: Any = written if form.binary else _text(path, written)
    if not source.strip():
        return []
    try:
        found = form.read(source)
    except Unsound as error:
        reason = CONTROL.sub("?", str(error)[:LONGEST])
        raise InputError(f"{path}: cannot be read ({reason}); export it anew.") from None
    if not (found or form.strict or source.lstrip().startswith(HEADERS)):
        raise InputError(f"{path}: holds no cue that can be read; write it as {path.suffix.lower()[1:].upper()}.")
    return spoken(found)


def _text(path: Path, written: bytes) -> str:
    return decoded(path, written).replace("\r\n", "\n").replace("\r", "\n")
