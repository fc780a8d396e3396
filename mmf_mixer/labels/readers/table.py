"""Tables in CSV: a row for each labelled stretch, as of Kinetics, or for each recording, as of Charades."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

from mmf_mixer.annotate.exports.spreadsheet import FORMULA
from mmf_mixer.errors import InputError, shown
from mmf_mixer.labels.readers.reading import label_of, path_of, seconds, split_of
from mmf_mixer.labels.readers.recording import Recording, Segment
from mmf_mixer.limits import SOURCE_BYTES, content, decoded

COLUMNS = {  # how they are called, the first that is there
    "video": ("video", "file", "filename", "path", "video_path", "video_id", "youtube_id", "clip", "id"),
    "start": ("start", "time_start", "start_time", "begin", "onset", "t_start"),
    "end": ("end", "time_end", "end_time", "offset", "t_end"),
    "label": ("label", "labels", "class", "action", "activity"),
    "split": ("split", "subset"),
    "actions": ("actions",),  # Charades': "c092 11.90 21.20;c147 0.00 12.60"
    "status": ("status",),  # of our own exports
}
Row = Mapping[str, str]  # cells by the names above


def table(source: Path, columns: Mapping[str, str] | None = None) -> list[Recording]:
    """A recording for each row; commas, semicolons or tabs stand between its columns.

    Without a column of videos, the table is of the one video that has its name. Without a column of splits, the name
    may say the split. A row without times is of the whole recording.

    Args:
        source: the file.
        columns: how columns are called if it is otherwise than in `COLUMNS`.

    Raises:
        InputError: it is no such table, or has a row that cannot be read.
    """
    text = decoded(source, content(source, SOURCE_BYTES))
    header = text.partition("\n")[0]
    reader = csv.reader(StringIO(text, newline=""), delimiter=max(",;\t", key=header.count), strict=True)
    recordings = []
    try:
        names = [name.strip() for name in next(reader, [])]
        places = {name: names.index(column) for name, column in _columns(source, names, columns or {}).items()}
        for cells in filter(any, reader):
            if len(cells) != len(names):
                raise ValueError(f"it has {len(cells)} cells, and the header {len(names)}")
            row = {name: cells[place].strip() for name, place in places.items()}
            recordings.append(_recording(row, source))
    except InputError:
        raise
    except (csv.Error, ValueError) as error:
        raise InputError(f"{source} line {reader.line_num}: cannot be read ({error}); correct it.") from None
    return recordings


def _columns(source: Path, header: Sequence[str], wanted: Mapping[str, str]) -> dict[str, str]:
    """The columns that are there."""
    for name, column in wanted.items():
        if name not in COLUMNS:
            raise InputError(f"--columns: {shown(name)} is unknown; the names are {', '.join(COLUMNS)}.")
        if column not in header:
            raise InputError(f"{source}: has no column {shown(column)}; its columns are {shown(', '.join(header))}.")
    there = {column.lower(): column for column in reversed(header)}
    usual = {name: [there[one] for one in known if one in there] for name, known in COLUMNS.items()}
    found = {name: known[0] for name, known in usual.items() if known} | dict(wanted)
    if not found.keys() & {"label", "actions"}:
        raise InputError(
            f"{source}: has no column of labels among {shown(', '.join(header))}; give --columns label=NAME."
        )
    if len(found.keys() & {"start", "end"}) == 1:
        raise InputError(f"{source}: only one of start and end has a column; give --columns start=NAME,end=NAME.")
    return found


def _recording(row: Row, source: Path) -> Recording:
    """Raises ValueError for what is none."""
    if not (video := row.get("video", source.stem)):
        raise ValueError("it names no video")
    segments = _actions(row["actions"]) if "actions" in row else _labelled(row)
    split = split_of(row.get("split", source.stem))
    trimmed = _trimmed(video, *segments) if "actions" not in row else None
    return Recording(source, path_of(video), tuple(segments), split=split, trimmed=trimmed)


def _trimmed(video: str, segment: Segment) -> str | None:
    """How the clip of a row of Kinetics is called, which is cut out of its video."""
    if segment.start is None or segment.end is None:
        return None
    return f"{video}_{int(segment.start):06}_{int(segment.end):06}"


def _labelled(row: Row) -> list[Segment]:
    label = row["label"]
    if label.startswith("'") and label[1:].lstrip().startswith(FORMULA):
        label = label[1:]  # our exports and spreadsheets put it there, so that it is no formula
    start, end = (seconds(row[name]) if row.get(name) else None for name in ("start", "end"))
    return [Segment(label_of(label), start, end, row.get("status") != "predicted")]


def _actions(written: str) -> list[Segment]:
    segments = []
    for action in filter(None, written.split(";")):
        label, start, end = action.rsplit(maxsplit=2)
        segments.append(Segment(label_of(label), seconds(start), seconds(end)))
    return segments
