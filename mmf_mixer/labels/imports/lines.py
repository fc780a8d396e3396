"""Labelled stretches of one recording become lines: each stretch by itself, or windows of all of it.

A line has the labels that hold over at least half of it. Of an exclusive group that is one, which holds longest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmf_mixer.annotate.windows import Span
from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.errors import shown
from mmf_mixer.labels.imports.tally import Tally
from mmf_mixer.labels.readers.recording import Segment

HALF = 0.5
ROUNDING = 1e-6  # seconds, and shares of a line
CUT = 0.1  # seconds beyond the end of a file that its length may be off

Array = NDArray[np.float64]


class Placed(NamedTuple):
    """A segment in a file whose length is known."""

    label: str
    span: Span
    checked: bool


class Line(NamedTuple):
    """Seconds of the file, and all labels that hold there."""

    span: Span
    labels: list[str]


def placed(segments: Iterable[Segment], length: float, where: str, left: Tally, changed: Tally) -> Iterator[Placed]:
    """The segments, as far as they lie in a file of `length` seconds."""
    for one in segments:
        start, end = round(one.start or 0.0, 6), round(length if one.end is None else one.end, 6)
        if end <= start:
            left.add("a segment that does not end after it begins", where)
        elif start >= length or end <= 0:
            left.add("a segment outside of the file", where)
        else:
            if start < 0 or end > length + CUT:
                changed.add("a segment that reaches beyond the file is cut at its end", where)
            yield Placed(one.label, Span(max(start, 0.0), min(end, length)), one.checked)


def own_spans(segments: Iterable[Placed]) -> list[Span]:
    """Each stretch that a checked segment has, by time."""
    return sorted({one.span for one in segments if one.checked})


def lines(spans: Sequence[Span], segments: Sequence[Placed], groups: Labels, where: str, left: Tally) -> Iterator[Line]:
    """The spans with their labels. Those of which a label cannot be told are left out."""
    places = _array(spans)
    unchecked = _shares(places, [one.span for one in segments if not one.checked])
    checked = _by_label((one.label, one.span) for one in segments if one.checked)
    holds: list[dict[str, float]] = [{} for _ in spans]
    for name in filter(checked.__contains__, groups.names):
        shares = _shares(places, checked[name])
        for number in np.flatnonzero(shares >= HALF - ROUNDING).tolist():
            holds[number][name] = float(shares[number])
    for span, found, unknown in zip(spans, holds, unchecked, strict=True):
        if unknown >= HALF - ROUNDING:
            left.add("a stretch over which a segment lies that nobody has checked", where)
            continue
        own = {group: _of_group(group, found) for group in groups.groups}
        wrong = [group for group, labels in own.items() if group.exclusive and len(labels) != 1]
        for group in wrong[:1]:
            those = "several labels, which hold alike," if own[group] else "no label"
            left.add(f"a stretch with {those} of the exclusive group {shown(group.name)} over half of it", where)
        if not wrong:
            yield Line(span, [label for labels in own.values() for label in labels])


def unseen(segments: Iterable[Placed], lines: Iterable[Line]) -> int:
    """How many segments have no part in any line."""
    own = _by_label((one.label, one.span) for one in segments)
    seen = _by_label((label, line.span) for line in lines for label in line.labels)
    return sum(int((_shares(_array(spans), seen.get(label, ())) == 0).sum()) for label, spans in own.items())


def _by_label(pairs: Iterable[tuple[str, Span]]) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    for label, span in pairs:
        found.setdefault(label, []).append(span)
    return found


def _of_group(group: LabelGroup, found: Mapping[str, float]) -> list[str]:
    """The labels of a group; of an exclusive one, those that hold longest."""
    own = {name: share for name, share in found.items() if name.partition("/")[0] == group.name}
    if not group.exclusive:
        return list(own)
    return [name for name, share in own.items() if share >= max(own.values()) - ROUNDING]


def _array(spans: Sequence[Span]) -> Array:
    """N x 2."""
    return np.array(spans, np.float64).reshape(-1, 2)


def _shares(spans: Array, parts: Iterable[Span]) -> Array:
    """The share of each of N spans (N x 2) that the parts cover together, N."""
    edges = [0.0]
    for start, end in sorted(parts):
        if len(edges) > 1 and start <= edges[-1]:
            edges[-1] = max(edges[-1], end)
        else:
            edges += [start, end]
    until = np.cumsum([0.0, *(length * (number % 2) for number, length in enumerate(np.diff(edges)))])
    start, end = np.interp(spans, edges, until).T
    shares: Array = (end - start) / (spans[:, 1] - spans[:, 0])
    return shares
