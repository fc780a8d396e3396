"""A dataset folder out of labels of another tool: nothing is cut, a line is a window of its file."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.progress import track

from mmf_mixer.data.clip import SPLITS
from mmf_mixer.data.writing import read_built, write_labels, write_lines
from mmf_mixer.errors import InputError
from mmf_mixer.files import new_folder, write_json
from mmf_mixer.labels.imports.files import File, files_of, fill
from mmf_mixer.labels.imports.groups import exclusive_of, grouped, groups_of, names_of
from mmf_mixer.labels.imports.media import Media, bring, captions_in, is_sound
from mmf_mixer.labels.imports.settings import Settings
from mmf_mixer.labels.imports.splits import deal
from mmf_mixer.labels.imports.tally import Tally
from mmf_mixer.labels.readers.registry import read
from mmf_mixer.media.captions import captions_beside, cues

REPORT, MEDIA = "import.json", "media"
PLAIN = Settings()


def import_labels(kind: str, source: Path, out: Path, settings: Settings = PLAIN, **options: Any) -> dict[str, Any]:
    """Make the dataset folder `out` of labels, and return what `import.json` in it holds: what was read and written,
    what was left out and why.

    Args:
        kind: one of `KINDS`.
        source: a file of labels, or a folder with such files.
        out: a new folder, written whole or not at all. Media come into it as second names of the same files (hard
            links), or as copies where the disk has none.
        settings: how lines are made.
        options: of the reader.

    Raises:
        InputError: labels that cannot be read or make no dataset folder.
    """
    left, noted = Tally(), Tally()
    recordings = [grouped(one, settings.group) for one in read(kind, source, **options)]
    for one in recordings:
        for reason, count in one.left_out.items():
            left.add(reason, str(one.source), count)
    names = names_of(recordings)
    exclusive = exclusive_of(recordings, settings.exclusive, names)
    media = Media(settings.media or (source if source.is_dir() else source.parent))
    files = files_of(recordings, media, left)
    for file in track(files, "Reading media", transient=True):
        fill(file, groups_of(names, exclusive), settings, left, noted)
    used = [file for file in files if file.lines]
    if len(used) < len(SPLITS):
        raise InputError(
            f"{source}: lines come of only {len(used)} media, but none may stand in two of the {len(SPLITS)} splits; "
            f"import more together, from a folder of files of labels{left.told()}."
        )
    splits, how = deal([file.labels for file in used], [file.split for file in used], settings.seed)
    listed = {label for one in recordings for label in one.labels}
    counts = Counter(label for file in used for line in file.lines for label in line.labels)
    if not counts:
        raise InputError(f"{source}: no label holds over half of any line; make --window shorter, or leave it out.")
    for name in names:
        if not counts[name]:
            (noted if name in listed else left).add("a label of which no line came about", name)
    groups = groups_of([name for name in names if counts[name] or name in listed], exclusive)
    with new_folder(out) as building:
        write_labels(building, groups)
        placed = _bring(building, used, settings.copy, left, noted)
        written = {split: [file for file, own in zip(used, splits, strict=True) if own == split] for split in SPLITS}
        for split, own in written.items():
            write_lines(building / f"{split}.jsonl", (line for file in own for line in _lines(file, placed[file.path])))
        report = {
            "kind": kind,
            "source": str(source),
            "settings": {**asdict(settings), "media": str(media.folder)},
            "options": {name: f"{value}" for name, value in options.items() if value},
            "read": {"recordings": len(recordings), "segments": sum(len(one.segments) for one in recordings)},
            "splits": how,
            "written": {
                split: {"files": len(own), "lines": sum(len(file.lines) for file in own)}
                for split, own in written.items()
            },
            "labels": {name: counts[name] for name in groups.names},
            "left_out": left.written(),
            "noted": noted.written(),
        }
        write_json(building / REPORT, report)
        read_built(building, out)
    return report


Fields = dict[str, str | None]  # of all lines of a file: video, audio, captions


def _bring(root: Path, files: Sequence[File], copy: bool, left: Tally, noted: Tally) -> dict[Path, Fields]:
    """Bring media and captions into the folder, with the folders in which they lie, as far as these differ."""
    above = os.path.commonpath([file.path.parent for file in files])
    found: dict[Path, Fields] = {}
    captioned = {folder: captions_in(folder) for folder in {file.path.parent for file in files}}

    def brought(path: Path) -> str:
        name = f"{MEDIA}/{path.relative_to(above).as_posix()}"
        if not bring(path, root / name, copy) and not copy:
            noted.add("a file that is copied, for the disk of the folder can have no second name of it", name)
        return name

    for file in track(files, "Bringing media", transient=True):
        name = brought(file.path)
        sound = is_sound(file.path)
        captions = _captions(file.path, captioned[file.path.parent].get(file.path.stem, ()), left)
        found[file.path] = {
            "video": None if sound else name,
            "audio": name if sound else None,
            "captions": brought(captions) if captions else None,
        }
    return found


def _captions(path: Path, among: Sequence[Path], left: Tally) -> Path | None:
    """The captions of a media file, if they can be read."""
    for captions in (beside := captions_beside(path, among))[:1]:
        left.add("other captions of a file", str(captions), len(beside) - 1)
        try:
            cues(captions)
            return captions
        except InputError as error:
            left.add("captions that cannot be read", str(error))
    return None


def _lines(file: File, fields: Fields) -> Iterator[Mapping[str, object]]:
    """The lines of a file. An id is an address of the stretch (https://www.w3.org/TR/media-frags)."""
    name = str(fields["video"] or fields["audio"]).removeprefix(f"{MEDIA}/")
    for (start, end), labels in file.lines:
        whole = start <= 0 and end >= file.length
        times = {} if whole else {"start": start, "end": end}
        yield {"id": name if whole else f"{name}#t={start},{end}", **fields, **times, "labels": labels}
