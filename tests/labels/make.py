"""Sources of labels for the tests, and media that they name."""

import json
from pathlib import Path
from typing import Any

from mmf_mixer.labels.readers.recording import Recording
from tests.media.make import write_media

Said = tuple[str, float | None, float | None]  # label, start, end


def said(recording: Recording) -> list[Said]:
    """The segments, by time."""
    return sorted((one[:3] for one in recording.segments), key=lambda one: (one[1] or 0.0, one[2] or 0.0, one[0]))


def write_json(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


def write_videos(folder: Path, *names: str, seconds: int = 10) -> None:
    """Videos of that length at 10 frames a second."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_media(path, frames=10 * seconds)


def lines_of(folder: Path) -> list[dict[str, Any]]:
    """All lines of a dataset folder, each with its split, by id."""
    found = [
        {"split": split, **json.loads(line)}
        for split in ("train", "val", "test")
        for line in (folder / f"{split}.jsonl").read_text().splitlines()
    ]
    return sorted(found, key=lambda line: str(line["id"]))


def eaf(*tiers: str, slots: str = "", media: str = "", doctype: str = "") -> str:
    """An EAF with these elements."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<ANNOTATION_DOCUMENT FORMAT="3.0" VERSION="3.0">'
        f'<HEADER TIME_UNITS="milliseconds">{media}</HEADER><TIME_ORDER>{slots}</TIME_ORDER>{"".join(tiers)}'
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="x" TIME_ALIGNABLE="true"/></ANNOTATION_DOCUMENT>'
    )
