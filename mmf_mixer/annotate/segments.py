"""From the scores of windows to segments: labels with a beginning and an end."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from mmf_mixer.annotate.windows import Span, cells
from mmf_mixer.data.clip import Labels
from mmf_mixer.data.timeline import DIGITS, Segment, Windows

HOLD = 0.7  # of a threshold: a label that has begun goes on down to it

Flags = NDArray[np.bool_]


def segments(
    windows: Windows, labels: Labels, thresholds: Mapping[str, float], cuts: Sequence[float], duration: float
) -> list[Segment]:
    """The segments of all labels, by time.

    Each window speaks for the part of the video about its middle. Of an exclusive group the best label has it; a label
    of an open group begins where its score reaches its threshold and goes on while it is at least `HOLD` of it
    (hysteresis). An edge moves to a cut that lies within half a stride of it.
    """
    spans = [Span(*each) for each in zip(windows.start.tolist(), windows.end.tolist(), strict=True)]
    parts = cells(spans, duration)
    shot_begins = np.array([0.0, *cuts])
    reach = float(np.median(np.diff(windows.start))) / 2 if len(windows) > 1 else 0.0
    found = []
    for label, on in _on(windows.scores, labels, thresholds):
        column = labels.position[label]
        for first, last in _stretches(on):
            start, end = parts[first].start, parts[last].end
            start = _snapped(start, cuts, reach) if first > 0 else start
            end = _snapped(end, cuts, reach) if last + 1 < len(parts) else end
            scores = windows.scores[first : last + 1, column]
            shares = windows.shares[first : last + 1, column].mean(axis=0).round(DIGITS)
            found.append(
                Segment(
                    start=round(start, 6),
                    end=round(end, 6),
                    label=label,
                    score=round(float(scores.mean()), DIGITS),
                    shot=int(np.searchsorted(shot_begins, start, side="right")) - 1,
                    modalities=dict(zip(windows.modalities, shares.tolist(), strict=True)),
                )
            )
    return sorted(found, key=lambda segment: (segment.start, segment.end, labels.position[segment.label]))


def hysteresis(scores: NDArray[np.float64], threshold: float) -> Flags:
    """Where a label is on: from a score of `threshold` on while it is at least `HOLD` of that, to both sides."""
    on = np.zeros(len(scores), bool)
    for stays, places in groupby(range(len(scores)), key=lambda place: bool(scores[place] >= HOLD * threshold)):
        stretch = list(places)
        on[stretch] = stays and bool((scores[stretch] >= threshold).any())
    return on


def _on(scores: NDArray[np.float64], labels: Labels, thresholds: Mapping[str, float]) -> Iterator[tuple[str, Flags]]:
    for group, columns in labels.slices():
        best = scores[:, columns].argmax(axis=1)
        for number, name in enumerate(labels.names[columns]):
            own = scores[:, columns.start + number]
            yield name, best == number if group.exclusive else hysteresis(own, thresholds[name])


def _stretches(on: Flags) -> Iterator[tuple[int, int]]:
    """First and last place of each run of True."""
    steps = np.diff(on.astype(np.int8), prepend=0, append=0)
    yield from zip(np.flatnonzero(steps == 1).tolist(), (np.flatnonzero(steps == -1) - 1).tolist(), strict=True)


def _snapped(edge: float, cuts: Sequence[float], reach: float) -> float:
    """The nearest cut if it is less than `reach` away, else the edge."""
    near = min(cuts, key=lambda cut: abs(cut - edge), default=edge)
    return near if abs(near - edge) < reach else edge
