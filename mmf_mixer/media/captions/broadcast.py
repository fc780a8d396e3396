"""SCC, TTML (IMSC, EBU-TT, DFXP) and EBU-STL, the captions of broadcasters, as ttconv reads them.

What ttconv only logs as an error, such as a time that it cannot read and takes for 0, is an error here. SCC, EBU-STL
and SMPTE times of TTML count from midnight on the timecode of a programme, which begins at a full hour.
"""

import io
import logging
import re
import xml.etree.ElementTree as xml
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import wraps
from itertools import groupby
from typing import NamedTuple, ParamSpec

import ttconv.imsc.reader
import ttconv.scc.reader
import ttconv.stl.reader
from ttconv import model
from ttconv.imsc.attributes import FrameRateAttribute
from ttconv.stl.datafile import DataFile
from ttconv.time_code import FPS_29_97, SmpteTimeCode

from mmf_mixer.errors import first_sentence
from mmf_mixer.limits import CAPTION_TAGS, LAST_SECOND
from mmf_mixer.media.captions.shown import Shown, Unended, ended, words_of

NAMESPACE = "http://www.w3.org/ns/ttml"
OLD_NAMESPACE = re.compile(r"http://www\.w3\.org/2006/(?:04|10)/ttaf1")
PARAMETERS, STYLING = f"{{{NAMESPACE}#parameter}}", f"{{{NAMESPACE}#styling}}"
ATTRIBUTES = {  # that say what is spoken and when
    *("begin", "end", "dur", "timeContainer", f"{STYLING}ruby"),
    *(f"{PARAMETERS}{name}" for name in ("timeBase", "frameRate", "frameRateMultiplier", "tickRate", "dropMode")),
}
NO_END = f"{2 * LAST_SECOND}s"  # ttconv takes the times inside an element that begins late for those of its parent
SCC_LINE = re.compile(r"^[ \t]*(\d\d:\d\d:\d\d[:;.,]\d\d)[ \t]+(.*)", re.MULTILINE)
GSI, TTI = 1024, 128  # bytes of EBU-STL's header and of each of its blocks
EXTENSIONS = 16  # blocks of EBU-STL that a subtitle may go on in: two are usual
PROGRAMME_START = slice(256, 264)  # in EBU-STL's header
HARMLESS = ("Subtitle TCO", "Invalid TNB")  # a subtitle that is on screen for no time; a count that nobody needs


class Unsound(ValueError):
    """What is wrong with a file, without its name."""


class _Strict(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if not str(record.msg).startswith(HARMLESS):
            raise Unsound(record.getMessage())


Given = ParamSpec("Given")


def _guarded(read: Callable[Given, list[Shown]]) -> Callable[Given, list[Shown]]:
    """The reader, which raises Unsound for whatever ttconv raises."""

    @wraps(read)
    def reading(*args: Given.args, **kwargs: Given.kwargs) -> list[Shown]:
        try:
            return read(*args, **kwargs)
        except Unsound:
            raise
        except Exception as error:
            raise Unsound(first_sentence(error) or type(error).__name__) from None

    return reading


_log = logging.getLogger("ttconv")
_log.addHandler(_Strict(logging.ERROR))
_log.setLevel(logging.ERROR)
_log.propagate = False


class _Piece(NamedTuple):
    """Letters, or None for the end of a line, and when they are on screen, in seconds."""

    begin: Fraction
    end: Fraction | None
    text: str | None


Origin = Callable[[Fraction], Fraction]  # of times, by the first one


def _full_hours(rate: Fraction, drop_frame: bool | None) -> Origin:
    """The full hours of timecode before the first time; such an hour may be 3603.6 seconds long."""
    hour: Fraction = SmpteTimeCode(1, 0, 0, 0, rate, drop_frame).to_temporal_offset()
    return lambda first: first // hour * hour


def _zero(first: Fraction) -> Fraction:
    return Fraction(0)


@_guarded
def scc(text: str) -> list[Shown]:
    """The cues of the first caption channel of SCC. Raises Unsound."""
    first = SCC_LINE.search(text)
    return line21(text, _full_hours(FPS_29_97, first is not None and first[1][-3] != ":"))


@_guarded
def line21(text: str, origin: Origin = _zero) -> list[Shown]:
    """The cues of SCC, whose times count from `origin`. Raises Unsound."""
    lines = (f"{time}\t{' '.join(words.split())}" for time, words in SCC_LINE.findall(text))
    return _cues(ttconv.scc.reader.to_model("\n".join(lines)), origin)


@_guarded
def ttml(text: str) -> list[Shown]:
    """The cues of TTML. Raises Unsound, also for entities, which can make a few lines a billion."""
    if "<!DOCTYPE" in text:
        raise Unsound("it has a DOCTYPE")
    if text.count("<") > CAPTION_TAGS:
        raise Unsound(f"it has over {CAPTION_TAGS:,} tags")
    root = xml.fromstring(OLD_NAMESPACE.sub(NAMESPACE, text))
    if root.tag != f"{{{NAMESPACE}}}tt":
        raise Unsound("its root is no <tt>")
    for head in root.findall(f"{{{NAMESPACE}}}head"):
        root.remove(head)
    for element in root.iter():
        element.attrib = {name: value for name, value in element.attrib.items() if name in ATTRIBUTES}
        if "begin" in element.attrib and not element.attrib.keys() & {"end", "dur"}:
            element.set("dur", NO_END)
    origin: Origin = _zero
    if root.get(f"{PARAMETERS}timeBase") == "smpte":
        drop_frame = root.get(f"{PARAMETERS}dropMode") == "dropNTSC"
        origin = _full_hours(FrameRateAttribute.extract(root), drop_frame)
    return _cues(ttconv.imsc.reader.to_model(xml.ElementTree(root)), origin)


@_guarded
def stl(content: bytes) -> list[Shown]:
    """The cues of EBU-STL, without comments; the programme begins where the header says, if it does. Raises
    Unsound."""
    header, blocks = content[:GSI], [content[place : place + TTI] for place in range(GSI, len(content), TTI)]
    said = [block for block in blocks if not b"\xf0" <= block[3:4] < b"\xff" and block[15:16] != b"\1"]
    runs = groupby(block[3:4] < b"\xf0" for block in said)  # whether a subtitle goes on in the next block
    if any(goes_on and len(list(run)) > EXTENSIONS for goes_on, run in runs):
        raise Unsound(f"a subtitle goes on over {EXTENSIONS} blocks")
    programme = DataFile(header, start_tc="TCP" if header[PROGRAMME_START].isdigit() else None)
    start, full_hours = programme.start_offset, _full_hours(programme.get_fps(), None)
    document = ttconv.stl.reader.to_model(io.BytesIO(b"".join([header, *said])))
    return _cues(document, lambda first: start if 0 < start <= first else full_hours(first))


def _cues(document: model.ContentDocument, origin: Origin) -> list[Shown]:
    body = document.get_body()
    paragraphs = map(list, _paragraphs(body, Fraction(0), None)) if body else ()
    said = [pieces for pieces in paragraphs if any(map(_has_letters, pieces))]
    begins = [piece.begin for pieces in said for piece in filter(_has_letters, pieces)]
    if max(begins, default=0) > LAST_SECOND:
        raise Unsound("a time in it is months away")
    zero = origin(min(begins, default=Fraction(0)))
    return ended([_cue(pieces, zero) for pieces in said])


def _paragraphs(element: model.ContentElement, begin: Fraction, end: Fraction | None) -> Iterator[Iterator[_Piece]]:
    """The pieces of each paragraph of an element, in another that is on screen from `begin` to `end`."""
    if isinstance(element, model.P):
        yield _pieces(element, begin, end)
    else:
        interval = _interval(element, begin, end)
        for child in element:
            yield from _paragraphs(child, *interval)


def _pieces(element: model.ContentElement, begin: Fraction, end: Fraction | None) -> Iterator[_Piece]:
    """Likewise what it says, without the readings of ruby characters."""
    interval = _interval(element, begin, end)
    if isinstance(element, model.Text | model.Br):
        yield _Piece(*interval, element.get_text() if isinstance(element, model.Text) else None)
    elif not isinstance(element, model.Rt | model.Rp):
        for child in element:
            yield from _pieces(child, *interval)


def _interval(element: model.ContentElement, begin: Fraction, end: Fraction | None) -> tuple[Fraction, Fraction | None]:
    own = element.get_end()
    ends = [each for each in (end, None if own is None else begin + own) if each is not None]
    return begin + (element.get_begin() or 0), min(ends, default=None)


def _has_letters(piece: _Piece) -> bool:
    return bool(piece.text and piece.text.strip())


def _cue(pieces: list[_Piece], zero: Fraction) -> Unended:
    letters = list(filter(_has_letters, pieces))
    first, last = min(piece.begin for piece in letters), max(piece.begin for piece in letters)
    ends = [piece.end for piece in letters if piece.end is not None]
    end = float(max([*ends, last]) - zero) if len(ends) == len(letters) else None
    lines: list[list[tuple[str, float | None, bool]]] = [[]]
    for piece in pieces:
        if piece.text is None:
            lines.append([])
        else:
            lines[-1].append((piece.text, float(piece.begin - zero) if first < last else None, False))
    return float(first - zero), end, tuple(filter(None, map(words_of, lines)))
