"""A tiny dataset folder with real media for the tests."""

import json
from pathlib import Path
from typing import Any

from tests.media.make import write_media

LABELS = """
groups:
  activity: {exclusive: true, labels: [laugh, run]}
  event: {exclusive: false, labels: [goal, rain, fall]}
"""
CAPTION = "1\n00:00:00,100 --> 00:00:00,500\nhello there\n"


def line(id: str, /, **fields: Any) -> dict[str, Any]:
    """A valid line of a split, changed by `fields`."""
    return {"id": id, "video": "clips/a.mp4", "captions": "clips/a.srt", "labels": ["activity/laugh"]} | fields


def write_folder(root: Path, **splits: list[dict[str, Any]]) -> Path:
    """A folder with one video (10 frames, 1 s of sound), one caption file, and the given or one-line splits."""
    (root / "clips").mkdir(parents=True)
    write_media(root / "clips" / "a.mp4", seconds=1.0)
    (root / "clips" / "a.srt").write_text(CAPTION)
    (root / "labels.yaml").write_text(LABELS)
    for split in ("train", "val", "test"):
        lines = splits.get(split, [line(f"{split}-1")])
        (root / f"{split}.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in lines))
    return root
