"""Dataset folders for checks: one that is fine, and what is written into it."""

import json
import os
from pathlib import Path
from typing import Any

from mmf_mixer.labels.check.check import check
from mmf_mixer.labels.check.finding import Finding, Report
from mmf_mixer.labels.check.media import Seen, Window
from tests.data.make import LABELS, line
from tests.media.make import write_media

SAID = {
    "train-1": "the dog runs over the wet grass",
    "train-2": "somebody laughs about an old joke",
    "val-1": "the keeper could not reach that ball",
    "val-2": "later in the evening it began to rain",
    "test-1": "she fell down the stairs and got up again",
    "test-2": "nothing much happened on the other day",
}
TAGS = (["activity/laugh", "event/goal", "event/fall"], ["activity/run", "event/rain"])


def write_captions(path: Path, text: str, start: int = 0) -> None:
    """One cue of half a second."""
    path.write_text(f"1\n00:00:{start:02},100 --> 00:00:{start:02},600\n{text}\n")


def fine_lines() -> dict[str, dict[str, Any]]:
    """By id, lines of clips with media and words of their own; each split has every label."""
    return {
        id: line(id, video=f"clips/{id}.mp4", captions=f"clips/{id}.srt", labels=TAGS[int(id[-1]) - 1]) for id in SAID
    }


def write_lines(root: Path, lines: list[dict[str, Any]]) -> None:
    """Into the split that each id names first."""
    for split in ("train", "val", "test"):
        own = (json.dumps(entry) for entry in lines if str(entry["id"]).startswith(split))
        (root / f"{split}.jsonl").write_text("".join(f"{text}\n" for text in own))


def write_fine_folder(root: Path) -> Path:
    """Six clips of one second, all different."""
    (root / "clips").mkdir(parents=True)
    (root / "labels.yaml").write_text(LABELS)
    for number, (id, text) in enumerate(SAID.items()):
        write_media(root / "clips" / f"{id}.mp4", seconds=1.0, tone=200.0 + 50 * number)
        write_captions(root / "clips" / f"{id}.srt", text)
    write_lines(root, list(fine_lines().values()))
    return root


def checked(root: Path, decode: bool = False) -> Report:
    """With a cache beside the folder, not in the user's."""
    return check(root, decode=decode, cache=root.with_name(f"{root.name}-cache.json"))


def found(report: Report, kind: str) -> list[tuple[str | None, int | None, str | None]]:
    """Where findings of a kind are."""
    return [(each.split, each.line, each.clip) for each in report.of(kind)]


def only(report: Report, kind: str) -> Finding:
    """The one finding of a kind."""
    (finding,) = report.of(kind)
    return finding


def look_or_die(window: Window) -> Seen:
    """As a decoder would that crashes on some files."""
    if "deadly" in window.path:
        os._exit(3)
    return Seen(None, 1.0, True)
