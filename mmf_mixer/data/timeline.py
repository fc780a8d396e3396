"""What is known of an annotated video, as the master file `NAME.json` holds it. All times are seconds of the file."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from textwrap import shorten
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.data.timecode import Timecode, frame_at, frames_of, timecode_of
from mmf_mixer.errors import InputError, shown
from mmf_mixer.media.captions import Cue

FORMAT, VERSION = "mmf-mixer-annotation", 1
DIGITS = 4  # of scores and shares
MIDNIGHT = Timecode("00:00:00:00", drop_frame=False)

Array = NDArray[np.float64]
Status = Literal["predicted", "accepted", "edited", "added", "rejected"]


@dataclass(frozen=True)
class Captions:
    """Where the captions come from: `source` is "file" (named by the user), "beside", "embedded" or "608"."""

    source: str
    name: str
    language: str | None
    cues: tuple[Cue, ...]

    def written(self) -> dict[str, Any]:
        """As the master file holds them."""
        return {**vars(self), "cues": [cue._asdict() for cue in self.cues]}


@dataclass(frozen=True)
class Windows:
    """N windows: `start` and `end` (N), `scores` (N x L, in [0, 1]), and `shares` (N x L x M) of the M `modalities`,
    which add up to 1 for each label."""

    start: Array
    end: Array
    scores: Array
    shares: Array
    modalities: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True)
class SpokenWord:
    """A caption word, and how much it speaks for its segment's label."""

    text: str
    start: float
    end: float
    weight: float


@dataclass(frozen=True)
class Sound:
    """A stretch of sound, and how much it speaks for its segment's label."""

    start: float
    end: float
    weight: float


@dataclass(frozen=True)
class Frame:
    """A picture, and how much it speaks for its segment's label."""

    time: float
    weight: float


@dataclass(frozen=True)
class Evidence:
    """What in a segment speaks for its label."""

    words: tuple[SpokenWord, ...] = ()
    sound: tuple[Sound, ...] = ()
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True)
class Segment:
    """A label from `start` to `end`. `score` is in [0, 1], `shot` the number, from 0, of the shot it begins in, and
    `modalities` the share of each in the score."""

    start: float
    end: float
    label: str
    score: float
    shot: int
    modalities: Mapping[str, float]
    evidence: Evidence = Evidence()
    status: Status = "predicted"

    @property
    def checked(self) -> bool:
        """Whether a person stands for it."""
        return self.status not in ("predicted", "rejected")

    def written(self) -> dict[str, Any]:
        """As the master file holds it."""
        whole = asdict(self)
        return {**whole, "evidence": {kind: list(found) for kind, found in whole["evidence"].items()}}


@dataclass(frozen=True)
class RunIdentity:
    """Which model has spoken: a fingerprint of the run, SHA-256 digests of its weights, versions of libraries."""

    folder: str
    model: str
    fingerprint: str
    weights: Mapping[str, str]
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Timeline:
    """An annotated video.

    Attributes:
        video: its path relative to the master file.
        frame_rate: frames per second, exactly; None if the file does not say. With a `variable_frame_rate` it is the
            average, and numbers no frame.
        timecode: of the first frame; None if the file has none.
        captions: None if the video has none.
        thresholds: by label, the score from which it counts.
        shots: seconds at which a new shot begins, without 0.
        settings: how the windows were laid, and the sizes of the files that were read.
        notes: sentences on what was passed over, or is not as in training.
        complete: stretches, start and end, of which a person says that no label is missing.
    """

    video: str
    duration: float
    frame_rate: Fraction | None
    variable_frame_rate: bool
    width: int | None
    height: int | None
    timecode: Timecode | None
    captions: Captions | None
    run: RunIdentity
    labels: Labels
    thresholds: Mapping[str, float]
    shots: tuple[float, ...]
    windows: Windows
    segments: tuple[Segment, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    complete: tuple[tuple[float, float], ...] = ()

    @property
    def kept(self) -> list[Segment]:
        """The segments that nobody has rejected, by time."""
        return sorted((one for one in self.segments if one.status != "rejected"), key=lambda one: (one.start, one.end))

    def constant_rate(self, wanted_by: str) -> Fraction:
        """The frame rate. Raises InputError, with who wants it, where no rate numbers the frames."""
        if self.frame_rate is None or self.variable_frame_rate:
            why = "a variable frame rate" if self.frame_rate else "no frame rate"
            raise InputError(
                f"{self.video}: has {why}, and {wanted_by} counts frames; use a format in seconds, or encode the "
                "video at a constant rate."
            )
        return self.frame_rate

    def frame(self, seconds: float, wanted_by: str) -> int:
        """The number, from 0, of the frame at a time. Raises InputError as `constant_rate` does."""
        return frame_at(seconds, self.constant_rate(wanted_by))

    def first_frame(self, wanted_by: str) -> int:
        """Frames from midnight to the first; a file without a timecode starts at midnight. Raises InputError as
        `constant_rate` does."""
        start = self.timecode or MIDNIGHT
        return frames_of(start.start, self.constant_rate(wanted_by), start.drop_frame)

    def timecode_at(self, seconds: float, wanted_by: str) -> str:
        """The timecode at a time. Raises InputError as `constant_rate` does."""
        rate, start = self.constant_rate(wanted_by), self.timecode or MIDNIGHT
        return timecode_of(self.first_frame(wanted_by) + frame_at(seconds, rate), rate, start.drop_frame)

    def master(self) -> dict[str, Any]:
        """The content of the master file."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "video": self.video,
            "duration": self.duration,
            "frame_rate": self.frame_rate and f"{self.frame_rate.numerator}/{self.frame_rate.denominator}",
            "variable_frame_rate": self.variable_frame_rate,
            "width": self.width,
            "height": self.height,
            "timecode": self.timecode and asdict(self.timecode),
            "captions": self.captions and self.captions.written(),
            "run": asdict(self.run),
            "labels": self.labels.written(),
            "thresholds": dict(self.thresholds),
            "shots": list(self.shots),
            "windows": list(_windows(self.windows, self.labels.names)),
            "segments": [segment.written() for segment in self.segments],
            "settings": dict(self.settings),
            "notes": list(self.notes),
            **({"complete": [list(span) for span in self.complete]} if self.complete else {}),
        }

    @classmethod
    def from_master(cls, master: Mapping[str, Any]) -> Self:
        """The inverse of `master`. Raises InputError for another format, or a field that is missing or wrong."""
        if (master.get("format"), master.get("version")) != (FORMAT, VERSION):
            raise InputError(f"it is no {FORMAT} of version {VERSION}; annotate the video anew.")
        try:
            return cls._read(master)
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            reason = shorten(f"{type(error).__name__}: {error}", 150, placeholder=" ...")
            raise InputError(f"it is damaged ({reason}); annotate the video anew.") from None

    @classmethod
    def _read(cls, master: Mapping[str, Any]) -> Self:
        groups = master["labels"].items()
        labels = Labels(
            tuple(
                LabelGroup(name, one["exclusive"], tuple(one["labels"]), tuple(one.get("from", ())))
                for name, one in groups
            )
        )
        timecode, captions = master["timecode"], master["captions"]
        rate = master["frame_rate"]
        return cls(
            **{name: master[name] for name in ("video", "duration", "variable_frame_rate", "width", "height")},
            frame_rate=Fraction(rate) if rate else None,
            timecode=Timecode(**timecode) if timecode else None,
            captions=captions and _read_captions(captions),
            run=RunIdentity(**master["run"]),
            labels=labels,
            thresholds=master["thresholds"],
            shots=tuple(master["shots"]),
            windows=_read_windows(master["windows"], labels),
            settings=master.get("settings", {}),
            notes=tuple(master.get("notes", ())),
            complete=tuple(_read_span(*span) for span in master.get("complete", ())),
            segments=tuple(_read_segment(segment, labels) for segment in master["segments"]),
        )


def _windows(windows: Windows, names: list[str]) -> Iterator[dict[str, Any]]:
    scores, shares = windows.scores.round(DIGITS).tolist(), windows.shares.round(DIGITS).tolist()
    for start, end, row, parts in zip(windows.start.tolist(), windows.end.tolist(), scores, shares, strict=True):
        entries = [
            {"label": name, "score": score, "modalities": dict(zip(windows.modalities, part, strict=True))}
            for name, score, part in zip(names, row, parts, strict=True)
        ]
        yield {"start": start, "end": end, "labels": entries}


def _read_windows(windows: list[dict[str, Any]], labels: Labels) -> Windows:
    keys = tuple(dict.fromkeys(key for window in windows for entry in window["labels"] for key in entry["modalities"]))
    scores = np.zeros((len(windows), len(labels)))
    shares = np.zeros((len(windows), len(labels), len(keys)))
    for row, window in enumerate(windows):
        for entry in window["labels"]:
            column = labels.position[entry["label"]]
            scores[row, column] = entry["score"]
            shares[row, column] = [entry["modalities"].get(key, 0.0) for key in keys]
    start, end = (np.array([window[name] for window in windows], np.float64) for name in ("start", "end"))
    return Windows(start, end, scores, shares, keys)


def _read_captions(captions: Mapping[str, Any]) -> Captions:
    return Captions(**{**captions, "cues": tuple(Cue(**cue) for cue in captions["cues"])})


def _read_span(start: float, end: float) -> tuple[float, float]:
    if not 0 <= start < end:
        raise ValueError(f"a complete stretch from {shown(start)} to {shown(end)}")
    return float(start), float(end)


def _read_segment(segment: Mapping[str, Any], labels: Labels) -> Segment:
    if segment["label"] not in labels.position:
        raise ValueError(f"a segment's label {shown(segment['label'])} is unknown")
    if segment["status"] not in get_args(Status):
        raise ValueError(f"a segment's status {shown(segment['status'])} is unknown")
    kinds: dict[str, Any] = {"words": SpokenWord, "sound": Sound, "frames": Frame}
    evidence = segment["evidence"]
    read = {name: tuple(kind(**each) for each in evidence[name]) for name, kind in kinds.items()}
    return Segment(**{**segment, "evidence": Evidence(**read)})
