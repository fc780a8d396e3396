"""The moments of a window that frames are taken at. All times are seconds from the beginning of the file."""

from typing import Literal, NamedTuple

Rate = float | Literal["native"]


class Track(NamedTuple):
    """Where a picture track's frames lie: the first begins at `first`, and `rate` follow per second, on average."""

    first: float
    rate: float


def moments(count: int, start: float, end: float, rate: Rate | None, track: Track) -> list[float]:
    """`count` moments of the window: spread evenly, or with a `rate` consecutive."""
    return spread(count, start, end) if rate is None else consecutive(count, start, end, rate, track)


def spread(count: int, start: float, end: float) -> list[float]:
    """The middles of `count` equal parts of the window."""
    return [start + (part + 0.5) * (end - start) / count for part in range(count)]


def consecutive(count: int, start: float, end: float, rate: Rate, track: Track) -> list[float]:
    """`count` moments at `rate` per second, or at the track's own rate, about the middle of the window.

    They are the middles of frames where the rates allow it, so that a rounded time stamp does not show one frame twice
    and skip the next. In a window that is too short they begin at its start, and those beyond its end are its last
    frame's.
    """
    rate = track.rate if rate == "native" else rate
    free = max(0.0, end - start - count / rate)
    first = start + (free + 1 / rate) / 2
    first = track.first + (round((first - track.first) * track.rate - 0.5) + 0.5) / track.rate
    last = max((start + end) / 2, end - 0.5 / track.rate)
    return [min(first + number / rate, last) for number in range(count)]
