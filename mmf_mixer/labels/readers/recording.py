"""What every reader gives: labelled stretches of recordings, named as the source names them."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

NO_GROUP = ""  # the group of a label that is written without one


class Segment(NamedTuple):
    """A label, "group/label" or without a group, from `start` to `end`, in seconds of the file.

    None = the file's own beginning or end. `checked` is False for what a model has said and nobody has confirmed.
    """

    label: str
    start: float | None = None
    end: float | None = None
    checked: bool = True


@dataclass(frozen=True, slots=True)  # there may be a million
class Recording:
    """A file and what is said of it.

    Attributes:
        source: the file of labels that names it.
        video: its path as the source writes it; the name alone, also without its ending, is enough.
        duration: seconds, if the source says it.
        split: None if the source has none.
        labels: all that the source knows, used or not, in its order.
        trimmed: how a file is called that holds only the stretch of the segments, if there may be one.
        exclusive: groups of which the source says that one label holds at a time.
        complete: stretches, start and end, that are lines even where no segment is: no label of theirs is missing.
        left_out: what is there and no label of a stretch, by reason.
    """

    source: Path
    video: str
    segments: tuple[Segment, ...]
    duration: float | None = None
    split: str | None = None
    labels: tuple[str, ...] = ()
    trimmed: str | None = None
    exclusive: frozenset[str] = frozenset()
    complete: tuple[tuple[float, float], ...] = ()
    left_out: Counter[str] = field(default_factory=Counter)
