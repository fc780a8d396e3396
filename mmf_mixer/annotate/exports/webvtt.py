"""WebVTT: segments as a metadata track for scripts, and as chapters for players (https://www.w3.org/TR/webvtt1/)."""

import json
from collections.abc import Iterable
from itertools import pairwise
from math import inf

from mmf_mixer.annotate.exports.writing import clock, milliseconds, one_line, shares
from mmf_mixer.data.timeline import Segment, Timeline

ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}  # no text of the JSON may hold "-->"
ENTITIES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}


def webvtt_labels(timeline: Timeline) -> str:
    """A metadata track: each cue is JSON with `label`, `score` and `modalities`.

    Read by `<track kind="metadata">` of browsers (https://html.spec.whatwg.org/multipage/media.html).
    """
    return _file((milliseconds(one.start), milliseconds(one.end), _payload(one)) for one in timeline.kept)


def webvtt_chapters(timeline: Timeline) -> str:
    """Chapters: the segments of exclusive groups, or all if no group is exclusive. A chapter ends at latest where the
    next begins, as chapters must not overlap.

    Read by `<track kind="chapters">` of browsers, and by video players (https://www.w3.org/TR/webvtt1/#chapters).
    """
    slices = timeline.labels.slices()
    exclusive = {name for group, columns in slices if group.exclusive for name in timeline.labels.names[columns]}
    chosen = [one for one in timeline.kept if one.label in exclusive or not exclusive]
    following = dict(pairwise([*sorted({milliseconds(one.start) for one in chosen}), inf]))
    return _file(
        (start, int(min(milliseconds(one.end), following[start])), one_line(one.label).translate(ENTITIES))
        for one in chosen
        for start in [milliseconds(one.start)]
    )


def _payload(segment: Segment) -> str:
    content = {"label": one_line(segment.label), "score": segment.score, "modalities": shares(segment)}
    return json.dumps(content, allow_nan=False).translate(ESCAPED)


def _file(cues: Iterable[tuple[int, int, str]]) -> str:
    """Cues of milliseconds and a line of text; none ends when it begins."""
    blocks = (f"\n{clock(start)} --> {clock(max(end, start + 1))}\n{text}\n" for start, end, text in cues)
    return "WEBVTT\n" + "".join(blocks)
