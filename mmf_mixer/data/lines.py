"""One line of a split: all that is refused in it, and else the clip that it stands for.

Errors are `InputError`s of one sentence that names the field; who reads the file knows its name and the line.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from mmf_mixer.data.clip import Clip, Labels
from mmf_mixer.data.index import State, state_of
from mmf_mixer.data.letters import FORM, is_name, twin, twin_file
from mmf_mixer.errors import CONTROL, InputError, nearest, shown
from mmf_mixer.limits import LAST_SECOND, LINE_BYTES

FIELDS = (
    *("id", "video", "audio", "captions", "start", "end", "video_track", "audio_track", "captions_track"),
    *("features", "labels"),
)
TRACKS = 1000  # more than any file has
LONGEST = 255  # letters of an id


MEDIA = ("video", "audio", "captions")
T = TypeVar("T")


class Fault(NamedTuple):
    """Why a line is refused, and which of its fields is `about` it: "line" is all of it."""

    about: str
    error: InputError


class Line(NamedTuple):
    """A line that holds something; it has a clip or faults. `id` is None where it cannot be read."""

    number: int
    id: str | None
    clip: Clip | None
    faults: tuple[Fault, ...] = ()


class LineReader:
    """Turns lines into clips; remembers the folders already resolved, for ten thousand lines share a few.

    Without `labels`, as where `labels.yaml` is wrong itself, those of the lines are not looked at. `states` takes in
    what each folder was like before a file was looked for in it.
    """

    def __init__(self, root: Path, labels: Labels | None, states: dict[str, State] | None = None) -> None:
        self.root = os.path.realpath(root)
        self.inside = os.path.join(self.root, "")
        self.labels = labels
        self.folders: dict[str, str] = {}
        self.states = {} if states is None else states

    def line(self, number: int, text: bytes) -> Line:
        """The line with its clip, or with everything that is wrong in it, the first fault first."""
        faults: list[Fault] = []

        def read(about: str, check: Callable[..., T], *given: Any) -> T | None:
            try:
                return check(*given)
            except InputError as error:
                faults.append(Fault(about, error))
                return None

        entry = read("line", _json_object, text)
        if entry is None:
            return Line(number, None, None, tuple(faults))
        faults += (Fault("line", error) for error in _unknown_fields(entry))
        silent = entry.get("audio") is False  # then the video's own track is not meant either
        entry |= {"audio": None} if silent else {}
        id = read("id", _id, entry)
        video, audio, captions = (read(field, self._media, field, entry.get(field)) for field in MEDIA)
        read("line", _any_media, entry)
        start, end = (read(field, _seconds, field, entry.get(field)) for field in ("start", "end"))
        read("end", _in_order, start, end)
        picture = read("video_track", _track, entry, "video_track", "video")
        sound = read("audio_track", _track, entry, "audio_track", *(() if silent else ("video",)), "audio")
        words = read("captions_track", _captions_track, entry)
        labels = entry.get("labels")
        if self.labels is not None:
            faults += (Fault("labels", error) for error in _label_errors(labels, self.labels))
        if faults or id is None:
            return Line(number, id, None, tuple(faults))
        named = () if self.labels is None or labels is None else tuple(labels)
        captions = captions if words is None else video
        heard = None if silent else audio or video
        return Line(number, id, Clip(id, video, heard, captions, start, end, named, picture, sound, words))

    def _media(self, field: str, value: object) -> Path | None:
        if value is None:
            return None
        if not is_name(value):
            raise InputError(
                f"field {field!r} must be a path inside the dataset folder or null, not {_shown(value)}; correct it."
            )
        folder, name = os.path.split(value)
        if folder not in self.folders:
            self.folders[folder] = os.path.realpath(os.path.join(self.root, folder))
            self._watch(os.path.join(self.root, folder))
        path = os.path.join(self.folders[folder], name)
        if name == ".." or os.path.islink(path):
            path = os.path.realpath(path)
            self._watch(os.path.dirname(path))
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

    def _watch(self, folder: str) -> None:
        if folder not in self.states:
            with suppress(OSError, ValueError):  # then the file is not found either; ValueError: over-long names
                self.states[folder] = state_of(folder)


def _json_object(line: bytes) -> dict[str, Any]:
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
        raise InputError(f'a JSON object is wanted here, not {_shown(entry)}; write {{"id": ...}}.')
    return entry


def _unknown_fields(entry: dict[str, Any]) -> Iterator[InputError]:
    for field in entry:
        if field not in FIELDS:
            close = _nearest(field, FIELDS)
            yield InputError(f"field {shown(field)} is unknown{close}; the fields are {', '.join(FIELDS)}.")


def _id(entry: dict[str, Any]) -> str:
    value = entry.get("id")
    if not is_name(value) or len(value) > LONGEST:
        raise InputError(f"field 'id' must be text, not {_shown(value)}; give up to {LONGEST} letters on one line.")
    return value


def _any_media(entry: dict[str, Any]) -> None:
    features = entry.get("features", False)
    if not isinstance(features, bool):
        raise InputError(
            f"field 'features' says whether features stand for the media, true or false: {_shown(features)}."
        )
    none = all(entry.get(field) is None for field in MEDIA)
    if none and not features:
        raise InputError("the clip has no video, audio or captions; name at least one of them or remove the line.")
    if features and not none:
        raise InputError("field 'features': the clip has media too; take either out.")


def _seconds(field: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LAST_SECOND:
        raise InputError(f"field {field!r} must be seconds or null, not {_shown(value)}; correct it.")
    if value < 0:
        raise InputError(f"field {field!r} is {_shown(value)} s; a clip cannot start or end before 0.")
    return float(value)


def _in_order(start: float | None, end: float | None) -> None:
    if end is not None and end <= (start or 0.0):
        raise InputError(
            f"field 'end' ({end:g} s) must be after field 'start' ({start or 0.0:g} s); correct one of them."
        )


def _track(entry: dict[str, Any], field: str, *media: str) -> int | str | None:
    value: object = entry.get(field)
    if value is None:
        return None
    if not is_name(value) and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < TRACKS):
        raise InputError(
            f"field {field!r} must be a track's number, from 0, its language or null, not {_shown(value)}; correct it."
        )
    if all(entry.get(kind) is None for kind in media):
        kinds = " or ".join(media)
        raise InputError(f"field {field!r} names a track, but the clip has no {kinds}; add the file or write null.")
    return value


def _captions_track(entry: dict[str, Any]) -> int | str | None:
    value = _track(entry, "captions_track", "video")
    if value is not None and entry.get("captions") is not None:
        raise InputError(
            "field 'captions_track' names a track of the video, but the clip has captions of its own; take one out."
        )
    return value


def _label_errors(value: object, labels: Labels) -> Iterator[InputError]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        yield InputError(
            f"field 'labels' must be a list of 'group/label' texts, not {_shown(value)}; write [] for none."
        )
        return
    for name, times in Counter(value).items():
        if name not in labels.position:
            hint = f", which has {FORM}" if twin(name, labels.names) else _nearest(name, labels.names)
            yield InputError(f"field 'labels': {shown(name)} is not in labels.yaml{hint}; correct it or add it there.")
        if times > 1:
            yield InputError(f"field 'labels': {shown(name)} stands twice; remove one.")
    counts = Counter(name.partition("/")[0] for name in value)
    for group in labels.groups:
        if group.exclusive and (count := counts[group.name]) != 1:
            yield InputError(f"field 'labels' has {count} labels of the exclusive group {shown(group.name)}; give one.")


def _nearest(name: str, known: Iterable[str]) -> str:
    close = nearest(name, known)
    return f" (did you mean {shown(close)}?)" if close else ""


def _shown(value: object) -> str:
    """The value as JSON."""
    return CONTROL.sub("?", _cut(json.dumps(value, ensure_ascii=False)))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
