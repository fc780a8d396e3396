"""Corrections that people have made on the page of an audit, and the dataset folder that they make of another."""

import json
import os
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.progress import track

from mmf_mixer.data.clip import SPLITS, Clip
from mmf_mixer.data.folder import EVIDENCE, LABELS, read_folder
from mmf_mixer.data.lines import MEDIA
from mmf_mixer.data.writing import read_built
from mmf_mixer.errors import CONTROL, InputError, shown
from mmf_mixer.files import new_folder
from mmf_mixer.labels.audit.tracks import without
from mmf_mixer.labels.imports.folder import REPORT
from mmf_mixer.labels.imports.media import bring
from mmf_mixer.limits import SPLIT_BYTES, content
from mmf_mixer.protocols import Json

FORMAT, VERSION = "mmf_mixer corrections", 2
READ = (1, VERSION)  # in the first version nothing could be taken out of a line


class Correction(NamedTuple):
    """What a clip's line becomes: its labels, or None if it is left out; and the fields of `MEDIA` that it loses."""

    labels: list[str] | None
    without: tuple[str, ...] = ()


class Corrected(NamedTuple):
    """What became of a folder: the changed lines as a diff, the clips whose evidence is no longer known, and what is in
    the old folder but not in the new one."""

    changes: list[str]
    evidence: int
    left: list[str]


def head(split: str) -> Json:
    """What stands before the clips of a file of corrections."""
    return {"format": FORMAT, "version": VERSION, "split": split}


def corrected_folder(root: Path, corrections: Path, out: Path) -> Corrected:
    """Make the dataset folder `out` of another and corrections.

    All else is as in `root`; media come as second names of the same files. The split's lines of before are kept in
    `SPLIT.before.jsonl`, beside those of earlier corrections of other splits. Of `evidence.jsonl` the lines of clips
    that were corrected are left out, for what they say may not hold any longer.

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
        aside = [name for name in (REPORT, *(f"{other}.before.jsonl" for other in SPLITS)) if (root / name).is_file()]
        for name in (LABELS, *(f"{other}.jsonl" for other in SPLITS), *aside):
            shutil.copyfile(root / name, building / name)
        (building / f"{split}.jsonl").replace(building / f"{split}.before.jsonl")
        (building / f"{split}.jsonl").write_bytes(b"".join(line + b"\n" for line in after if line is not None))
        unknown = _bring_evidence(root / EVIDENCE, building / EVIDENCE, corrected)
        _bring(root, building, [json.loads(line) for own in lines.values() for line in own])
        read_built(building, out)
        left = sorted({path.name for path in root.iterdir()} - {path.name for path in building.iterdir()})
    pairs = ((old, new) for old, new in zip(before, after, strict=True) if old is not new)
    changes = [sign + _printable(line) for pair in pairs for sign, line in zip("-+", pair, strict=True) if line]
    return Corrected(changes, unknown, left)


def _read(path: Path) -> Json:
    """What the page saved, with its form checked, but not its labels."""
    try:
        found = json.loads(content(path, SPLIT_BYTES))
        assert found["format"] == FORMAT and found["version"] in READ and found["split"] in SPLITS
        for each in found["clips"]:
            assert isinstance(each["id"], str)
            assert all(isinstance(name, str) for name in [*each["labels"], *(each["corrected"] or ())])
            assert all(field in MEDIA for field in each.get("without", ()))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError):
        raise InputError(f"{path}: holds no corrections as the page of an audit saves them; save them anew.") from None
    return dict(found)


def _of_clips(entries: Iterable[Json], clips: Iterable[Clip], path: Path, split: Path) -> Mapping[str, Correction]:
    """The corrections by id. Raises InputError for one of a clip that is not there, or has other labels."""
    known = {clip.id: set(clip.labels) for clip in clips}
    corrected = {}
    for each in entries:
        if known.get(each["id"]) != set(each["labels"]):
            raise InputError(
                f"{path}: clip {shown(each['id'])} is not in {split} with these labels; audit that folder anew."
            )
        corrected[each["id"]] = Correction(each["corrected"], tuple(each.get("without", ())))
    return corrected


def _lines(path: Path) -> list[bytes]:
    return [line for line in content(path, SPLIT_BYTES).split(b"\n") if line.strip()]


def _line(line: bytes, corrected: Mapping[str, Correction]) -> bytes | None:
    """The same line, a corrected one, or None."""
    entry = json.loads(line)
    if entry["id"] not in corrected:
        return line
    labels, lost = corrected[entry["id"]]
    return (
        None if labels is None else json.dumps(without(entry, lost) | {"labels": labels}, ensure_ascii=False).encode()
    )


def _bring_evidence(path: Path, name: Path, corrected: Collection[str]) -> int:
    """Copy the lines of clips that were not corrected, and return how many are left out. Lines that are damaged stay
    as they are, for who reads them to say so."""
    if not path.is_file():
        return 0
    lines = _lines(path)
    kept = [line for line in lines if _id(line) not in corrected]
    name.write_bytes(b"".join(line + b"\n" for line in kept))
    return len(lines) - len(kept)


def _id(line: bytes) -> str | None:
    try:
        return str(json.loads(line)["id"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


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
