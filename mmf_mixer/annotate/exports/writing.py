"""What several formats need: texts without signs that break them, addresses, times, JSON."""

import json
import re
from pathlib import PurePath
from urllib.parse import quote

from mmf_mixer.data.timeline import Segment, Timeline
from mmf_mixer.errors import CONTROL

UNFIT = re.compile(CONTROL.pattern + r"|[\ud800-\udfff\ufffe\uffff]")  # also what neither XML 1.0 nor UTF-8 can hold


def one_line(text: str) -> str:
    """The text with a space for each sign that no file of text should hold, line breaks among them."""
    return UNFIT.sub(" ", text)


def stem(timeline: Timeline) -> str:
    """The name of the video without folder and suffix, by which tools know it."""
    return one_line(PurePath(timeline.video).stem)


def address(timeline: Timeline) -> str:
    """The path of the video as a relative URL."""
    return quote(one_line(timeline.video))


def shares(segment: Segment) -> dict[str, float]:
    """The share of each modality in the segment's score."""
    return {one_line(name): share for name, share in segment.modalities.items()}


def milliseconds(seconds: float) -> int:
    """The nearest whole number of milliseconds."""
    return round(1000 * seconds)


def clock(milliseconds: int) -> str:
    """A time as hh:mm:ss.mmm; hours may have more digits."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def frames(timeline: Timeline, segment: Segment, wanted_by: str) -> tuple[int, int]:
    """A segment's first frame, from 0, and how many it has: at least one. Raises InputError as `Timeline.frame`."""
    first, after = (timeline.frame(seconds, wanted_by) for seconds in (segment.start, segment.end))
    return first, max(1, after - first)


def as_json(content: object) -> str:
    """JSON in ASCII, indented. Raises ValueError for a number that JSON does not know."""
    return json.dumps(content, indent=1, allow_nan=False) + "\n"
