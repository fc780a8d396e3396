"""The dataset folder: `labels.yaml`, three `.jsonl` splits and media, read and checked before anything is decoded.

Every error is an `InputError` of one sentence that names the file, the line and the field.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import TypeGuard

import yaml

from mmf_mixer.data.clip import SPLITS, Clip, DatasetFolder, LabelGroup, Labels
from mmf_mixer.data.letters import FORM, letters, twin, twin_file
from mmf_mixer.errors import CONTROL, InputError, nearest, shown
from mmf_mixer.limits import LABELS_BYTES, LAST_SECOND, LINE_BYTES, SPLIT_BYTES, content
from mmf_mixer.protocols import Json

LABELS = "labels.yaml"
FIELDS = ("id", "video", "audio", "captions", "start", "end", "video_track", "audio_track", "labels")
TRACKS = 1000  # more than any file has
LONGEST = 255  # letters of an id
DEPTH = 4  # of labels.yaml: the file, its groups, a group, its labels


def root_of(root: Path | str) -> Path:
    """The dataset folder that a config or an option names: `~` is the user's own folder."""
    return Path(root).expanduser()


def read_folder(root: Path | str) -> DatasetFolder:
    """Read and check everything, also that no id stands in two splits. Raises InputError."""
    root = root_of(root)
    labels = read_labels(root)
    splits = {split: read_split(root, split, labels) for split in SPLITS}
    home: dict[str, tuple[str, str]] = {}
    for split, clips in splits.items():
        for clip in clips:
            other, name = home.setdefault(letters(clip.id), (split, clip.id))
            if other != split:
                form = "" if name == clip.id else f", {FORM}"
                raise InputError(
                    f"{root / split}.jsonl: id {shown(clip.id)} is also in {other}.jsonl{form}; "
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
        annotations = content(root / name, LABELS_BYTES if name == "labels.yaml" else SPLIT_BYTES)
        digest.update(f"{name} {len(annotations)}\n".encode() + annotations)
    return digest.hexdigest()


def read_labels(root: Path) -> Labels:
    """Read `labels.yaml`. Raises InputError."""
    path = root / LABELS
    text = content(path, LABELS_BYTES)
    try:
        _check_yaml(text)
        written = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that is none
        mark = getattr(error, "problem_mark", None)
        place = f" line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or "it holds bytes that are not text"
        raise InputError(f"{path}{place}: not valid YAML, {' '.join(reason.split())}.") from None
    if not isinstance(written, dict) or list(written) != ["groups"] or not isinstance(written["groups"], dict):
        raise InputError(f"{path}: write one key `groups`, holding a mapping from group names to groups.")
    if not written["groups"]:
        raise InputError(f"{path}: `groups` is empty; add at least one group of labels.")
    return Labels(tuple(_group(path, name, body) for name, body in written["groups"].items()))


def _check_yaml(text: bytes) -> None:
    """Raises YAMLError for what a list of labels has no use for: references, which can make a few lines a billion,
    types of Python, and nesting, which can exhaust the stack."""
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        reason = None
        if isinstance(event, yaml.AliasEvent):
            reason = "write labels out instead of referring to others"
        elif getattr(event, "tag", None) is not None:
            reason = "labels need no tags"
        elif depth > DEPTH:
            reason = "it is nested too deeply"
        if reason:
            raise yaml.MarkedYAMLError(problem=reason, problem_mark=event.start_mark)  # type: ignore[arg-type]


def _group(path: Path, name: object, body: object) -> LabelGroup:
    where = f"{path}: group {shown(name)}"
    if not _is_name(name) or "/" in name:
        raise InputError(f"{where}: a group's name is text without a slash; rename or quote it.")
    if not isinstance(body, dict) or set(body) != {"exclusive", "labels"}:
        raise InputError(f"{where}: write exactly the keys `exclusive` and `labels`.")
    exclusive, labels = body["exclusive"], body["labels"]
    if not isinstance(exclusive, bool):
        raise InputError(f"{where}: `exclusive` is {shown(exclusive)}; write true or false.")
    if not isinstance(labels, list) or not labels:
        raise InputError(f"{where}: `labels` must be a list of at least one label.")
    seen: set[str] = set()
    for label in labels:
        if not _is_name(label):
            raise InputError(f"{where}: label {shown(label)} is not text; put it in quotes.")
        if label in seen:
            raise InputError(f"{where}: label {shown(label)} stands twice; remove one.")
        if twin(label, seen):
            raise InputError(f"{where}: label {shown(label)} stands twice, with {FORM}; remove one.")
        seen.add(label)
    return LabelGroup(name, exclusive, tuple(labels))


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value != "" and not CONTROL.search(value)


def read_split(root: Path, split: str, labels: Labels) -> list[Clip]:
    """Read `<split>.jsonl`: one clip per line, empty lines skipped. Raises InputError."""
    path = root / f"{split}.jsonl"
    reader = _LineReader(root, labels)
    clips: list[Clip] = []
    seen: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(BytesIO(content(path, SPLIT_BYTES)), start=1):
        if not line.strip():
            continue
        try:
            clip = reader.clip(line)
        except InputError as error:
            raise InputError(f"{path} line {number}: {error}") from None
        first, name = seen.setdefault(letters(clip.id), (number, clip.id))
        if first != number:
            form = "" if name == clip.id else f", {FORM}"
            raise InputError(f"{path} line {number}: id {shown(clip.id)} is already on line {first}{form}; rename one.")
        clips.append(clip)
    if not clips:
        raise InputError(f"{path}: the split is empty; add at least one clip.")
    return clips


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
                    f"field {shown(field)} is unknown{_nearest(field, FIELDS)}; the fields are {', '.join(FIELDS)}."
                )
        if not _is_name(entry.get("id")) or len(entry["id"]) > LONGEST:
            wrong = _shown(entry.get("id"))
            raise InputError(f"field 'id' must be text, not {wrong}; give up to {LONGEST} letters on one line.")
        video, audio, captions = (self._media(field, entry.get(field)) for field in ("video", "audio", "captions"))
        if video is None and audio is None and captions is None:
            raise InputError("the clip has no video, audio or captions; name at least one of them or remove the line.")
        start, end = _seconds("start", entry.get("start")), _seconds("end", entry.get("end"))
        if end is not None and end <= (start or 0.0):
            raise InputError(f"field 'end' ({end:g} s) must be after field 'start' ({start or 0.0:g} s).")
        picture, sound = _track(entry, "video_track", video), _track(entry, "audio_track", audio or video)
        labels = self._labels(entry.get("labels"))
        return Clip(entry["id"], video, audio or video, captions, start, end, labels, picture, sound)

    def _media(self, field: str, value: object) -> Path | None:
        if value is None:
            return None
        if not _is_name(value):
            raise InputError(f"field {field!r} must be a path inside the dataset folder or null, not {_shown(value)}.")
        folder, name = os.path.split(value)
        if folder not in self.folders:
            self.folders[folder] = os.path.realpath(os.path.join(self.root, folder))
        path = os.path.join(self.folders[folder], name)
        if name == ".." or os.path.islink(path):
            path = os.path.realpath(path)
        if os.path.isabs(value) or not path.startswith(self.inside):
            raise InputError(f"field {field!r}: {_cut(value)} leaves the dataset folder; copy the file into it.")
        if "\\" in value and not os.path.isfile(path):
            raise InputError(f"field {field!r}: {_cut(value)} has a backslash; write / between folders.")
        if not os.path.isfile(path):
            if twin_file(path):
                raise InputError(f"field {field!r}: {_cut(value)} names a file that has {FORM}; rename the file.")
            raise InputError(
                f"field {field!r}: there is no file {_cut(value)}; add it, or write null for an absent modality."
            )
        return Path(path)

    def _labels(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise InputError(f"field 'labels' must be a list of 'group/label' texts, not {_shown(value)}.")
        for name, times in Counter(value).items():
            if name not in self.labels.position:
                same = twin(name, self.labels.names)
                hint = f", which has {FORM}" if same else _nearest(name, self.labels.names)
                raise InputError(
                    f"field 'labels': {shown(name)} is not in labels.yaml{hint}; correct it or add it there."
                )
            if times > 1:
                raise InputError(f"field 'labels': {shown(name)} stands twice; remove one.")
        counts = Counter(name.partition("/")[0] for name in value)
        for group in self.labels.groups:
            if group.exclusive and (count := counts[group.name]) != 1:
                raise InputError(
                    f"field 'labels' has {count} labels of the exclusive group {shown(group.name)}; give one."
                )
        return tuple(value)


def _json_object(line: bytes) -> Json:
    if len(line) > LINE_BYTES:
        raise InputError(
            f"it has {len(line):,} bytes, and one clip can have {LINE_BYTES:,}; write one object per line."
        )
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
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LAST_SECOND:
        raise InputError(f"field {field!r} must be seconds or null, not {_shown(value)}.")
    if value < 0:
        raise InputError(f"field {field!r} is {_shown(value)} s; a clip cannot start or end before 0.")
    return float(value)


def _track(entry: Json, field: str, media: Path | None) -> int | str | None:
    value: object = entry.get(field)
    if value is None:
        return None
    if not _is_name(value) and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < TRACKS):
        raise InputError(
            f"field {field!r} must be a track's number, from 0, its language or null, not {_shown(value)}."
        )
    if media is None:
        kinds = "video" if field == "video_track" else "video or audio"
        raise InputError(f"field {field!r} names a track, but the clip has no {kinds}; add the file or write null.")
    return value


def _nearest(name: str, known: Iterable[str]) -> str:
    close = nearest(name, known)
    return f" (did you mean {shown(close)}?)" if close else ""


def _shown(value: object) -> str:
    """The value as JSON."""
    return CONTROL.sub("?", _cut(json.dumps(value, ensure_ascii=False)))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
