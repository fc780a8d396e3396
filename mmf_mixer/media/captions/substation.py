"""SubStation Alpha (.ass, .ssa): the lines of dialogue."""

import re
from collections.abc import Iterator

import pysubs2

from mmf_mixer.media.captions.shown import Line, Shown, Word, plain

DRAWING = re.compile(r"\\p[1-9]")
FIELDS = ("Layer", "Start", "End", "Style", "Name", "MarginL", "MarginR", "MarginV", "Effect", "Text")


def ass(text: str) -> list[Shown]:
    """The cues of SubStation Alpha, in file order: no comments, no drawings."""
    lines = "\n".join(map(_closed, _dialogue(text)))
    try:
        events = pysubs2.SSAFile.from_string(f"[Script Info]\n[Events]\n{lines}", format_="ass").events
    except (pysubs2.Pysubs2Error, ValueError, IndexError):
        return []
    return [Shown(event.start / 1000, event.end / 1000, _lines(event.plaintext)) for event in events]


def _dialogue(text: str) -> Iterator[str]:
    """The lines of dialogue with their fields in the usual order, which pysubs2 takes for granted."""
    order = list(FIELDS)
    for line in text.split("\n"):
        kind, _, rest = line.partition(":")
        if kind.strip() == "Format" and "Text" in rest:
            order = [name.strip() for name in rest.split(",")]
        elif kind == "Dialogue" and not DRAWING.search(rest):
            values = dict(zip(order, rest.strip().split(",", len(order) - 1), strict=False))
            fields = ("0", values.get("Start", ""), values.get("End", ""), "Default", "", "0", "0", "0", "")
            yield f"Dialogue: {','.join(fields)},{values.get('Text', '')}"


def _closed(line: str) -> str:
    """The same words, in which no "{" lacks its end."""
    head, brace, tail = line.rpartition("}")
    return head + brace + tail.replace("{", "&lbrace;")


def dialogue(text: str) -> tuple[Line, ...]:
    """The lines of a `Text` field; none of a drawing."""
    if DRAWING.search(text):
        return ()
    return _lines(pysubs2.SSAEvent(text=_closed(text)).plaintext)


def _lines(text: str) -> tuple[Line, ...]:
    return tuple(filter(None, (tuple(map(Word, plain(line).split())) for line in text.split("\n"))))
