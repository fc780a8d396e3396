"""Which stretches of a video are looked at."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from mmf_mixer.errors import InputError

WINDOW, STRIDE = 3.0, 1.0  # seconds, if nothing else is asked for
ROUNDING = 1e-6  # seconds


class Span(NamedTuple):
    """Seconds of the file."""

    start: float
    end: float

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start


def regular(duration: float, window: float, stride: float) -> list[Span]:
    """Windows of `window` seconds, one each `stride` seconds, that lie wholly in the video; the last one ends where it
    does. A video that is shorter than a window is one. Raises InputError for lengths that make no sense."""
    if not (window > 0 and stride > 0 and math.isfinite(window) and math.isfinite(stride)):
        raise InputError(f"--window and --stride are seconds above 0, not {window:g} and {stride:g}.")
    if stride > window:
        raise InputError(
            f"--stride {stride:g} passes over what lies between windows of {window:g} s; make it at most {window:g}."
        )
    count = max(0, math.floor((duration - window + ROUNDING) / stride)) + 1
    spans = [Span(number * stride, min(number * stride + window, duration)) for number in range(count)]
    if spans[-1].end < duration - ROUNDING:
        spans.append(Span(duration - window, duration))
    return spans


def shots(cuts: Sequence[float], duration: float) -> list[Span]:
    """One window for each shot."""
    edges = [0.0, *cuts, duration]
    return [Span(start, end) for start, end in zip(edges, edges[1:], strict=False)]


def cells(spans: Sequence[Span], duration: float) -> list[Span]:
    """The part of the video that each window speaks for: up to halfway to its neighbours' middles."""
    middles = [(span.start + span.end) / 2 for span in spans]
    edges = [0.0, *((one + other) / 2 for one, other in zip(middles, middles[1:], strict=False)), duration]
    return [Span(start, end) for start, end in zip(edges, edges[1:], strict=False)]
