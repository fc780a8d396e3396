"""The clips of a split as a few arrays, which a process may also find in a file that others share with it."""

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from operator import eq
from pathlib import Path
from typing import NamedTuple, Self, overload

import numpy as np
from numpy.typing import NDArray

from mmf_mixer.data.clip import Clip, Labels

AT_ONCE = 2**16  # clips whose labels are laid out for counting
VIDEO, AUDIO, CAPTIONS = 1, 2, 4  # of `Columns.media`
Places = Sequence[int] | NDArray[np.int64]


class Columns(NamedTuple):
    """N clips: entry n of what is written one after the other goes from `…_ends[n]` to `…_ends[n + 1]`.

    Attributes:
        lines: bytes, by clip what `_line` makes of it.
        line_ends: N + 1.
        labels: the columns of each clip's labels, in the order of its line.
        label_ends: N + 1.
        media: N, which of VIDEO, AUDIO and CAPTIONS a clip names.
    """

    lines: NDArray[np.uint8]
    line_ends: NDArray[np.int64]
    labels: NDArray[np.int32]
    label_ends: NDArray[np.int64]
    media: NDArray[np.uint8]

    @classmethod
    def of(cls, clips: Iterable[Clip], labels: Labels, root: str) -> Self:
        """Those of these clips, which are taken one by one."""
        lines, columns, media = bytearray(), array("i"), array("B")
        line_ends, label_ends = array("q", [0]), array("q", [0])
        for clip in clips:
            lines += _line(clip, root)
            line_ends.append(len(lines))
            columns.extend(labels.position[name] for name in clip.labels)
            label_ends.append(len(columns))
            media.append(VIDEO * bool(clip.video) | AUDIO * bool(clip.audio) | CAPTIONS * bool(clip.captions))
        return cls(
            np.array(lines), np.array(line_ends), np.array(columns, np.int32), np.array(label_ends), np.array(media)
        )

    def line(self, place: int) -> bytes:
        """What is written of a clip."""
        return self.lines[self.line_ends[place] : self.line_ends[place + 1]].tobytes()


class Clips(Sequence[Clip]):
    """N clips of a split, or of a part of it. Each is made when it is asked for; what is asked of all is in arrays.

    Args:
        columns: of the whole split.
        labels: of the dataset folder.
        root: where the paths of the clips begin.
        places: N, where in the split the clips stand (default: they are the whole split).
    """

    def __init__(self, columns: Columns, labels: Labels, root: str, places: Places | None = None) -> None:
        self.columns = columns
        self.labels = labels
        self.root = root
        whole = np.arange(len(columns.media)) if places is None else places
        self.places: NDArray[np.int64] = np.asarray(whole, np.int64)

    @classmethod
    def of(cls, clips: Iterable[Clip], labels: Labels, root: str = "/") -> Self:
        """The same clips. Raises KeyError for a label that is not among `labels`."""
        return cls(Columns.of(clips, labels, root), labels, root)

    def at(self, rows: Places) -> "Clips":
        """Some of the clips."""
        return Clips(self.columns, self.labels, self.root, self.places[rows])

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, row: int) -> Clip: ...
    @overload
    def __getitem__(self, row: slice) -> "Clips": ...
    def __getitem__(self, row: int | slice) -> "Clip | Clips":
        if isinstance(row, slice):
            return self.at(np.arange(len(self))[row])
        place, of = self.places[row], self.columns
        labels = of.labels[of.label_ends[place] : of.label_ends[place + 1]]
        return _clip(of.line(place), self.root, tuple(self.labels.names[column] for column in labels.tolist()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]  # as a list has none

    def ids(self) -> Iterator[str]:
        """Those of the clips, in their order."""
        return (json.loads(self.columns.line(place))[0] for place in self.places)

    @property
    def media(self) -> NDArray[np.uint8]:
        """Which of VIDEO, AUDIO and CAPTIONS each clip names, N."""
        return self.columns.media[self.places]

    def label_table(self) -> NDArray[np.bool_]:
        """Which clip has which label, N x L."""
        rows, columns = self._labelled()
        table = np.zeros((len(self), len(self.labels)), dtype=bool)
        table[rows, columns] = True
        return table

    def label_counts(self) -> NDArray[np.int64]:
        """How many clips have each label, L."""
        parts = (self[first : first + AT_ONCE] for first in range(0, len(self), AT_ONCE))
        counts = (np.bincount(part._labelled()[1], minlength=len(self.labels)) for part in parts)
        return sum(counts, np.zeros(len(self.labels), np.int64))

    def _labelled(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Row and column of each label that a clip has, by row."""
        first, last = self.columns.label_ends[self.places], self.columns.label_ends[self.places + 1]
        counts = last - first
        rows = np.repeat(np.arange(len(self)), counts)
        within = np.arange(len(rows)) - np.repeat(counts.cumsum() - counts, counts)
        return rows, self.columns.labels[within + np.repeat(first, counts)]


def _line(clip: Clip, root: str) -> bytes:
    """All of a clip but its labels, with paths from `root` on where they lie below it; what its end lacks is left out.

    An `audio` of true is the video's.
    """
    audio = True if clip.audio and clip.audio == clip.video else _below(root, clip.audio)
    tracks = clip.video_track, clip.audio_track, clip.captions_track
    line = [clip.id, _below(root, clip.video), audio, _below(root, clip.captions), clip.start, clip.end, *tracks]
    while line[-1] is None:
        line.pop()
    return json.dumps(line, separators=(",", ":")).encode()


def _clip(line: bytes, root: str, labels: tuple[str, ...]) -> Clip:
    """The clip of a `_line`."""
    id, video, audio, captions, start, end, *tracks = [*json.loads(line), *[None] * 8][:9]
    names = video, video if audio is True else audio, captions
    video, audio, captions = (name and Path(root, name) for name in names)
    return Clip(id, video, audio, captions, start, end, labels, *tracks)


def _below(root: str, path: Path | None) -> str | None:
    return None if path is None else str(path).removeprefix(f"{root}/")
