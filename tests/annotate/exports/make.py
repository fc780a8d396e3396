"""Timelines for exports: the match at the usual rates, and texts that mean harm."""

from pathlib import Path
from typing import Any, NamedTuple

from mmf_mixer.annotate.exports.registry import EXPORTS, export
from mmf_mixer.data.timeline import Timeline
from mmf_mixer.files import write_text
from tests.report.annotation.make import match

HOUR = 3600.0
NASTY = (
    "=1+1 --> </TIER>&amp;<img src=x onerror=alert(1)>\"'\n\r\n001\x00\x0b\x1b\u2028\ufffe\ud800|C:x |D:9;,\té \u2013"
)
CLEAN = "=1+1 --> </TIER>&amp;<img src=x onerror=alert(1)>\"'   001      |C:x |D:9;, é \u2013"


class Rate(NamedTuple):
    """A rate, the timecode of the first frame, and what an hour later is: the frame, and its timecode."""

    name: str
    rate: str
    start: str
    drop_frame: bool
    frame: int
    timecode: str


RATES = (
    Rate("23.976", "24000/1001", "01:00:00:00", False, 86313, "01:59:56:09"),
    Rate("25", "25/1", "10:00:00:00", False, 90000, "11:00:00:00"),
    Rate("29.97 drop-frame", "30000/1001", "01:00:00;00", True, 107892, "02:00:00;00"),
    Rate("59.94 drop-frame", "60000/1001", "00:00:00;00", True, 215784, "01:00:00;00"),
    Rate("59.94 non-drop", "60000/1001", "00:00:00:00", False, 215784, "00:59:56:24"),
)


def segment(label: str, start: float, end: float, **changes: Any) -> dict[str, Any]:
    """A segment as the master file holds it."""
    plain = {"score": 0.5, "shot": 0, "modalities": {"text": 0.25, "audio": 0.75}, "status": "predicted"}
    evidence: dict[str, Any] = {"words": [], "sound": [], "frames": []}
    return {"label": label, "start": start, "end": end, "evidence": evidence, **plain, **changes}


def timeline(*segments: dict[str, Any], **changes: Any) -> Timeline:
    """The match with these segments, or its own."""
    master = match()
    return Timeline.from_master({**master, "segments": list(segments) or master["segments"], **changes})


def at_rate(rate: Rate, *segments: dict[str, Any]) -> Timeline:
    """A timeline at that rate: a second of attack an hour from the start, or these segments."""
    return timeline(
        *(segments or [segment("activity/attack", HOUR, HOUR + 1)]),
        duration=2 * HOUR,
        frame_rate=rate.rate,
        timecode={"start": rate.start, "drop_frame": rate.drop_frame},
    )


def nasty() -> Timeline:
    """Each text of it means harm."""
    label = f"{NASTY.replace('/', '')}/{NASTY}"
    return timeline(
        segment(label, 1.0, 2.0, modalities={NASTY: 1.0}),
        video=f"{NASTY}.mp4",
        labels={NASTY.replace("/", ""): {"exclusive": True, "labels": [NASTY]}},
        windows=[],
    )


def clean(name: str = CLEAN) -> str:
    """What `nasty` is called in a file that holds no line breaks nor control characters."""
    return f"{name.replace('/', '')}/{name}"


def written(annotated: Timeline, name: str, folder: Path) -> Path:
    """The export as a file."""
    path = folder / f"video{EXPORTS[name].suffix}"
    write_text(path, export(annotated, name))
    return path
