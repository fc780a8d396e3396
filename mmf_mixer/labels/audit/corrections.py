"""Corrections that people have made on the page of an audit, and the dataset folder that they make of another."""

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.progress import track

from mmf_mixer.data.clip import SPLITS, Clip
from mmf_mixer.data.folder import LABELS, read_folder
from mmf_mixer.data.lines import MEDIA
from mmf_mixer.data.writing import read_built
from mmf_mixer.errors import CONTROL, InputError, shown
from mmf_mixer.files import new_folder
from mmf_mixer.labels.imports.media import bring
from mmf_mixer.limits import SPLIT_BYTES, content
from mmf_mixer.protocols import Json

FORMAT, VERSION = "mmf_mixer corrections", 1
Corrected = Mapping[str, list[str] | None]  # by id: a clip's labels; None: its line is left out


def head(split: str) -> Json:
    """What stands before the clips of a file of corrections."""
    return {"format": FORMAT, "version": VERSION, "split": split}


def corrected_folder(root: Path, corrections: Path, out: Path) -> list[str]:
    """Make the dataset folder `out` of another and corrections, and return the changed lines as a diff.

    All else is as in `root`; media come as second names of the same files. The split's lines of before are kept in
    `SPLIT.before.jsonl`.

    Args:
        root: a dataset folder.
        corrections: the file that the page saves.
        out: a new folder, written whole or not at all.

    Raises:
        InputError: corrections that are of another folder, or make none that training reads.
    """
    found = _read(corrections)
    splits = read_folder(root).splits
    split = str(found["split"])
    corrected = _of_clips(found["clips"], splits[split], corrections, root / f"{split}.jsonl")
    lines = {name: _lines(root / f"{name}.jsonl") for name in SPLITS}
    before = lines[split]
    after = [_line(line, corrected) for line in before]
    with new_folder(out) as building:
        for name in (LABELS, *(f"{other}.jsonl" for other in SPLITS)):
            shutil.copyfile(root / name, building / name)
        (building / f"{split}.jsonl").rename(building / f"{split}.before.jsonl")
        (building / f"{split}.jsonl").write_bytes(b"".join(line + b"\n" for line in after if line is not None))
        _bring(root, building, [json.loads(line) for own in lines.values() for line in own])
        read_built(building, out)
    changes = ((old, new) for old, new in zip(before, after, strict=True) if old is not new)
    return [sign + _printable(line) for change in changes for sign, line in zip("-+", change, strict=True) if line]


def _read(path: Path) -> Json:
    """What the page saved, with its form checked, but not its labels."""
    try:
        found = json.loads(content(path, SPLIT_BYTES))
        assert (found["format"], found["version"]) == (FORMAT, VERSION) and found["split"] in SPLITS
        for each in found["clips"]:
            assert isinstance(each["id"], str)
            assert all(isinstance(name, str) for name in [*each["labels"], *(each["corrected"] or ())])
    except (ValueError, LookupError, TypeError, RecursionError, AssertionError):
        raise InputError(f"{path}: holds no corrections as the page of an audit saves them; save them anew.") from None
    return dict(found)


def _of_clips(entries: Iterable[Json], clips: Iterable[Clip], path: Path, split: Path) -> Corrected:
    """The corrections by id. Raises InputError for one of a clip that is not there, or has other labels."""
    known = {clip.id: set(clip.labels) for clip in clips}
    corrected: dict[str, list[str] | None] = {}
    for each in entries:
        if known.get(each["id"]) != set(each["labels"]):
            raise InputError(
                f"{path}: clip {shown(each['id'])} is not in {split} with these labels; audit that folder anew."
            )
        corrected[each["id"]] = each["corrected"]
    return corrected


def _lines(path: Path) -> list[bytes]:
    return [line for line in content(path, SPLIT_BYTES).split(b"\n") if line.strip()]


def _line(line: bytes, corrected: Corrected) -> bytes | None:
    """The same line, a corrected one, or None."""
    entry = json.loads(line)
    if entry["id"] not in corrected:
        return line
    labels = corrected[entry["id"]]
    return None if labels is None else json.dumps(entry | {"labels": labels}, ensure_ascii=False).encode()


def _bring(root: Path, building: Path, entries: Sequence[Json]) -> None:
    """Give the media of all lines a name in the new folder too."""
    if any(entry.get("features") for entry in entries):
        raise InputError(f"{root}: has features in place of media; correct the labels in their source and import anew.")
    named = dict.fromkeys(os.path.normpath(entry[field]) for entry in entries for field in MEDIA if entry.get(field))
    for name in track(named, "Bringing media", transient=True):
        if not name.startswith(os.pardir):  # out of the folder and in again: refused when it is read
            bring((root / name).resolve(), building / name, copy=False)


def _printable(line: bytes) -> str:
    return CONTROL.sub("?", line.decode(errors="replace"))
