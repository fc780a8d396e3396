"""The dataset folder: `labels.yaml`, three `.jsonl` splits and media, read and checked before anything is decoded.

Every error is an `InputError` of one sentence that names the file, the line and the field.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import yaml

from mmf_mixer.data.clip import SENSES, SPLITS, Clip, LabelGroup, Labels
from mmf_mixer.data.clips import AUDIO, CAPTIONS, VIDEO, Clips
from mmf_mixer.data.index import LARGE, State, index_path, key_of, read_index, write_index
from mmf_mixer.data.letters import FORM, is_name, letters, twin
from mmf_mixer.data.lines import Fault, Line, LineReader
from mmf_mixer.errors import InputError, shown
from mmf_mixer.limits import LABELS_BYTES, SPLIT_BYTES, blocks, content, opened

LABELS = "labels.yaml"
EVIDENCE = "evidence.jsonl"  # where a clip's evidence lies, if the folder says so
DEPTH = 4  # of labels.yaml: the file, its groups, a group, its labels


def root_of(root: Path | str) -> Path:
    """The dataset folder that a config or an option names: `~` is the user's own folder."""
    return Path(root).expanduser()


@dataclass(frozen=True)
class DatasetFolder:
    """A whole checked folder."""

    labels: Labels
    splits: dict[str, Clips]


def read_folder(root: Path | str) -> DatasetFolder:
    """Read and check everything, also that no id stands in two splits. Raises InputError.

    A large folder gets an index, in which all of that is found while the folder stays as it is: see `data.index`.
    """
    root = root_of(root)
    labels, place = read_labels(root), os.path.realpath(root)
    key, path = _key(root, labels), index_path(place)
    columns = read_index(path, key) if key else None
    if not columns:
        states: dict[str, State] = {}
        folder = read_anew(root, states)
        if not key or sum(map(len, folder.splits.values())) < LARGE or key != _key(root, folder.labels):
            return folder
        columns = {split: clips.columns for split, clips in folder.splits.items()}
        write_index(path, key, states, columns)
        columns = read_index(path, key) or columns
    return DatasetFolder(labels, {split: Clips(own, labels, place) for split, own in columns.items()})


def _key(root: Path, labels: Labels) -> str | None:
    """That of the folder's index; None if a file cannot be read, of which its reader has more to say."""
    with suppress(InputError):
        return key_of(os.path.realpath(root), fingerprint(root), labels)
    return None


def read_anew(root: Path, states: dict[str, State] | None = None) -> DatasetFolder:
    """What `read_folder` gives, without an index. See `LineReader` for `states`. Raises InputError."""
    labels = read_labels(root)
    splits = {split: read_split(root, split, labels, states) for split in SPLITS}
    for split, _, error in shared_ids({split: clips.ids() for split, clips in splits.items()}):
        raise InputError(f"{root / split}.jsonl: {error}")
    return DatasetFolder(labels, splits)


def modalities_of(folder: DatasetFolder) -> list[str]:
    """Which of text, audio and video at least one clip may have. A video counts as audio too: it may have a track."""
    sources = {"text": CAPTIONS, "audio": AUDIO, "video": VIDEO}
    return [key for key, source in sources.items() if any((own.media & source).any() for own in folder.splits.values())]


def fingerprint(root: Path) -> str:
    """SHA-256 over `labels.yaml` and the splits: the same annotations, the same value. Raises InputError."""
    digest = hashlib.sha256()
    for name in ("labels.yaml", *(f"{split}.jsonl" for split in SPLITS)):
        with opened(root / name, LABELS_BYTES if name == "labels.yaml" else SPLIT_BYTES) as file:
            digest.update(f"{name} {os.fstat(file.fileno()).st_size}\n".encode())
            for block in blocks(root / name, file):
                digest.update(block)
    return digest.hexdigest()


def read_labels(root: Path) -> Labels:
    """Read `labels.yaml`. Raises InputError."""
    labels, errors = labels_and_errors(root)
    if errors:
        raise errors[0]
    return labels


def labels_and_errors(root: Path) -> tuple[Labels, list[InputError]]:
    """The groups of `labels.yaml` that are sound, and why others are not, or all of it."""
    path = root / LABELS
    groups, errors = [], []
    try:
        written = _written_groups(path)
    except InputError as error:
        return Labels(()), [error]
    for name, body in written.items():
        try:
            groups.append(_group(path, name, body))
        except InputError as error:
            errors.append(error)
    return Labels(tuple(groups)), errors


def _written_groups(path: Path) -> dict[object, object]:
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
    return dict(written["groups"])


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
    if not is_name(name) or "/" in name:
        raise InputError(f"{where}: a group's name is text without a slash; rename or quote it.")
    if not isinstance(body, dict) or set(body) - {"from"} != {"exclusive", "labels"}:
        raise InputError(f"{where}: write exactly the keys `exclusive` and `labels`, and perhaps `from`.")
    exclusive, labels = body["exclusive"], body["labels"]
    if not isinstance(exclusive, bool):
        raise InputError(f"{where}: `exclusive` is {shown(exclusive)}; write true or false.")
    if not isinstance(labels, list) or not labels:
        raise InputError(f"{where}: `labels` must be a list of at least one label.")
    seen: set[str] = set()
    for label in labels:
        if not is_name(label):
            raise InputError(f"{where}: label {shown(label)} is not text; put it in quotes.")
        if label in seen:
            raise InputError(f"{where}: label {shown(label)} stands twice; remove one.")
        if twin(label, seen):
            raise InputError(f"{where}: label {shown(label)} stands twice, with {FORM}; remove one.")
        seen.add(label)
    return LabelGroup(name, exclusive, tuple(labels), _made_from(where, body["from"]) if "from" in body else ())


def _made_from(where: str, words: object) -> tuple[str, ...]:
    """What labels were made from, in one order."""
    if not isinstance(words, list) or not words or not all(word in SENSES for word in words):
        raise InputError(f"{where}: `from` is {shown(words)}; write a list of any of {', '.join(SENSES)}.")
    return tuple(word for word in SENSES if word in words)


def read_split(root: Path, split: str, labels: Labels, states: dict[str, State] | None = None) -> Clips:
    """Read `<split>.jsonl`: one clip per line, empty lines skipped. See `LineReader` for `states`.

    Raises InputError.
    """

    def sound() -> Iterator[Clip]:
        for line in lines_of(root, split, labels, states):
            if line.clip is None:
                raise InputError(f"{root / split}.jsonl line {line.number}: {line.faults[0].error}")
            yield line.clip

    return Clips.of(sound(), labels, os.path.realpath(root))


def lines_of(root: Path, split: str, labels: Labels | None, states: dict[str, State] | None = None) -> Iterator[Line]:
    """The lines of `<split>.jsonl` that hold something, each with all its faults, also that its id stands before.

    Raises InputError if there is no such file, or it is too large or, at its end, empty. See `LineReader` for `labels`
    and `states`.
    """
    reader = LineReader(root, labels, states)
    seen: dict[str, tuple[int, str]] = {}
    empty = True
    for number, text in enumerate(BytesIO(content(root / f"{split}.jsonl", SPLIT_BYTES)), start=1):
        if not text.strip():
            continue
        line = reader.line(number, text)
        if line.id is not None:
            first, name = seen.setdefault(letters(line.id), (number, line.id))
            if first != number:
                form = "" if name == line.id else f", {FORM}"
                again = InputError(f"id {shown(line.id)} is already on line {first}{form}; rename one.")
                line = line._replace(clip=None, faults=(*line.faults, Fault("id", again)))
        empty = False
        yield line
    if empty:
        raise InputError(f"{root / split}.jsonl: the split is empty; add at least one clip.")


def shared_ids(ids: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, str, InputError]]:
    """The ids of splits that an earlier split has too: the split, the id, and what is wrong with that."""
    home: dict[str, tuple[str, str]] = {}
    for split, names in ids.items():
        for id in names:
            other, name = home.setdefault(letters(id), (split, id))
            if other != split:
                form = "" if name == id else f", {FORM}"
                again = f"id {shown(id)} is also in {other}.jsonl{form}"
                remedy = "a clip belongs to one split, so rename or remove one of the two"
                yield split, id, InputError(f"{again}; {remedy}.")
