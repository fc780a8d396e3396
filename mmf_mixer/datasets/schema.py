"""The dataset folder: `labels.yaml`, three `.jsonl` splits and media, read and checked before anything is decoded.

Every error is an `InputError` of one sentence that names the file, the line and the field.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from mmf_mixer.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

SPLITS = ("train", "val", "test")
UNREADABLE = -1.0  # fills the targets of a clip that could not be read: losses and metrics pass over such rows
FIELDS = ("id", "video", "audio", "captions", "start", "end", "labels")


@dataclass(frozen=True)
class LabelGroup:
    """Labels that belong together; `exclusive` means exactly one of them per clip."""

    name: str
    exclusive: bool
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Labels:
    """All label groups in file order. Scores and targets are B x L over `names`."""

    groups: tuple[LabelGroup, ...]

    @cached_property
    def names(self) -> list[str]:
        """The L labels as `group/label`, in file order."""
        return [f"{group.name}/{label}" for group in self.groups for label in group.labels]

    @cached_property
    def position(self) -> dict[str, int]:
        """Column of each label in scores and targets."""
        return {name: column for column, name in enumerate(self.names)}

    def __len__(self) -> int:
        return len(self.names)

    def slices(self) -> list[tuple[LabelGroup, slice]]:
        """Each group with its columns."""
        found, start = [], 0
        for group in self.groups:
            found.append((group, slice(start, start + len(group.labels))))
            start += len(group.labels)
        return found

    def encode(self, labels: Iterable[str]) -> "Tensor":
        """Multi-hot float targets of length L. Raises KeyError for a name that is not a label."""
        import torch  # here, for reading a folder takes a tenth of the time of importing it

        targets = torch.zeros(len(self))
        for name in labels:
            targets[self.position[name]] = 1.0
        return targets


@dataclass(frozen=True)
class Clip:
    """One line of a split. Paths are absolute; None = the clip lacks that modality.

    `audio` is the video's path when the line names no audio of its own: whether the video has an audio track is
    found on decoding. `start` and `end` are seconds; None = the media's own beginning or end.
    """

    id: str
    video: Path | None
    audio: Path | None
    captions: Path | None
    start: float | None
    end: float | None
    labels: tuple[str, ...]


@dataclass(frozen=True)
class DatasetFolder:
    """A whole checked folder."""

    labels: Labels
    splits: dict[str, list[Clip]]


def read_folder(root: Path) -> DatasetFolder:
    """Read and check everything, also that no id stands in two splits. Raises InputError."""
    labels = read_labels(root)
    splits = {split: read_split(root, split, labels) for split in SPLITS}
    home: dict[str, str] = {}
    for split, clips in splits.items():
        for clip in clips:
            if (other := home.setdefault(clip.id, split)) != split:
                raise InputError(
                    f"{root / split}.jsonl: id {clip.id!r} is also in {other}.jsonl; "
                    "a clip belongs to one split, so rename or remove one of the two."
                )
    return DatasetFolder(labels, splits)


def modalities_of(folder: DatasetFolder) -> list[str]:
    """Which of text, audio and video at least one clip may have. A video counts as audio too: it may have a track."""
    sources = {"text": "captions", "audio": "audio", "video": "video"}
    clips = [clip for split in folder.splits.values() for clip in split]
    return [key for key, source in sources.items() if any(getattr(clip, source) for clip in clips)]


def fingerprint(root: Path) -> str:
    """SHA-256 over `labels.yaml` and the splits: the same annotations, the same value. Raises InputError."""
    digest = hashlib.sha256()
    for name in ("labels.yaml", *(f"{split}.jsonl" for split in SPLITS)):
        content = _read(root / name)
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def read_labels(root: Path) -> Labels:
    """Read `labels.yaml`. Raises InputError."""
    path = root / "labels.yaml"
    text = _read(path)
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that is none
        mark = getattr(error, "problem_mark", None)
        place = f" line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or "it holds bytes that are not text"
        raise InputError(f"{path}{place}: not valid YAML, {reason}.") from None
    if not isinstance(content, dict) or list(content) != ["groups"] or not isinstance(content["groups"], dict):
        raise InputError(f"{path}: write one key `groups`, holding a mapping from group names to groups.")
    if not content["groups"]:
        raise InputError(f"{path}: `groups` is empty; add at least one group of labels.")
    return Labels(tuple(_group(path, name, body) for name, body in content["groups"].items()))


def _group(path: Path, name: object, body: object) -> LabelGroup:
    where = f"{path}: group {name!r}"
    if not isinstance(name, str) or not name or "/" in name:
        raise InputError(f"{where}: a group's name is text without a slash; rename or quote it.")
    if not isinstance(body, dict) or set(body) != {"exclusive", "labels"}:
        raise InputError(f"{where}: write exactly the keys `exclusive` and `labels`.")
    exclusive, labels = body["exclusive"], body["labels"]
    if not isinstance(exclusive, bool):
        raise InputError(f"{where}: `exclusive` is {exclusive!r}; write true or false.")
    if not isinstance(labels, list) or not labels:
        raise InputError(f"{where}: `labels` must be a list of at least one label.")
    for label in labels:
        if not isinstance(label, str) or not label:
            raise InputError(f"{where}: label {label!r} is not text; put it in quotes.")
        if labels.count(label) > 1:
            raise InputError(f"{where}: label {label!r} stands twice; remove one.")
    return LabelGroup(name, exclusive, tuple(labels))


def read_split(root: Path, split: str, labels: Labels) -> list[Clip]:
    """Read `<split>.jsonl`: one clip per line, empty lines skipped. Raises InputError."""
    path = root / f"{split}.jsonl"
    reader = _LineReader(root, labels)
    clips: list[Clip] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(_read(path).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            clip = reader.clip(line)
        except InputError as error:
            raise InputError(f"{path} line {number}: {error}") from None
        if clip.id in seen:
            raise InputError(f"{path} line {number}: id {clip.id!r} is already on line {seen[clip.id]}; rename one.")
        seen[clip.id] = number
        clips.append(clip)
    if not clips:
        raise InputError(f"{path}: the split is empty; add at least one clip.")
    return clips


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); a dataset folder needs this file.") from None


class _LineReader:
    """Turns lines into clips; remembers the folders already resolved, for ten thousand lines share a few."""

    def __init__(self, root: Path, labels: Labels) -> None:
        self.root = os.path.realpath(root)
        self.inside = os.path.join(self.root, "")
        self.labels = labels
        self.folders: dict[str, str] = {}

    def clip(self, line: bytes) -> Clip:
        """The clip of one line. Raises InputError without file and line, which the caller knows."""
        entry = _json_object(line)
        for field in entry:
            if field not in FIELDS:
                raise InputError(
                    f"field {field!r} is unknown{_nearest(field, FIELDS)}; the fields are {', '.join(FIELDS)}."
                )
        if not isinstance(entry.get("id"), str) or not entry["id"]:
            raise InputError(f"field 'id' must be text, not {_shown(entry.get('id'))}.")
        video, audio, captions = (self._media(field, entry.get(field)) for field in ("video", "audio", "captions"))
        if video is None and audio is None and captions is None:
            raise InputError("the clip has no video, audio or captions; name at least one of them or remove the line.")
        start, end = _seconds("start", entry.get("start")), _seconds("end", entry.get("end"))
        if end is not None and end <= (start or 0.0):
            raise InputError(f"field 'end' ({end:g} s) must be after field 'start' ({start or 0.0:g} s).")
        return Clip(entry["id"], video, audio or video, captions, start, end, self._labels(entry.get("labels")))

    def _media(self, field: str, value: object) -> Path | None:
        if value is None:
            return None
        if not isinstance(value, str) or not value or "\0" in value:
            raise InputError(f"field {field!r} must be a path inside the dataset folder or null, not {_shown(value)}.")
        folder, name = os.path.split(value)
        if folder not in self.folders:
            self.folders[folder] = os.path.realpath(os.path.join(self.root, folder))
        path = os.path.join(self.folders[folder], name)
        if name == ".." or os.path.islink(path):
            path = os.path.realpath(path)
        if os.path.isabs(value) or not path.startswith(self.inside):
            raise InputError(f"field {field!r}: {value} leaves the dataset folder; copy the file into it.")
        if not os.path.isfile(path):
            raise InputError(
                f"field {field!r}: there is no file {value}; add it, or write null for an absent modality."
            )
        return Path(path)

    def _labels(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise InputError(f"field 'labels' must be a list of 'group/label' texts, not {_shown(value)}.")
        for name in value:
            if name not in self.labels.position:
                hint = _nearest(name, self.labels.names)
                raise InputError(f"field 'labels': {name!r} is not in labels.yaml{hint}; correct it or add it there.")
            if value.count(name) > 1:
                raise InputError(f"field 'labels': {name!r} stands twice; remove one.")
        for group in self.labels.groups:
            if group.exclusive and (count := sum(name.startswith(f"{group.name}/") for name in value)) != 1:
                raise InputError(f"field 'labels' has {count} labels of the exclusive group {group.name!r}; give one.")
        return tuple(value)


def _json_object(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
        json.dumps(entry, ensure_ascii=False).encode()  # refuses half characters such as "\\ud800"
    except (ValueError, RecursionError) as error:  # ValueError covers JSON, UTF-8 and over-long numbers
        raise InputError(f"not valid JSON ({error}); write one object per line, in UTF-8.") from None
    if not isinstance(entry, dict):
        raise InputError(f"a JSON object is wanted here, not {_shown(entry)}.")
    return entry


def _seconds(field: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < sys.float_info.max:
        raise InputError(f"field {field!r} must be seconds or null, not {_shown(value)}.")
    if value < 0:
        raise InputError(f"field {field!r} is {value:g} s; a clip cannot start or end before 0.")
    return float(value)


def _nearest(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
