"""ActivityNet's ground truth (http://activity-net.org/download.html), also as MMAction2 writes it."""

from pathlib import Path
from typing import Any

from mmf_mixer.labels.readers.reading import json_of, label_of, seconds, split_of, written_by
from mmf_mixer.labels.readers.recording import Recording, Segment


def activitynet(source: Path) -> list[Recording]:
    """The videos of `database`, or of the whole file. Raises InputError if it is no such JSON."""
    content = json_of(source)
    with written_by("ActivityNet", source):
        if "results" in content and "database" not in content:
            raise ValueError("it holds predictions without a ground truth")
        return [_recording(source, *video) for video in content.get("database", content).items()]


def _recording(source: Path, name: str, video: dict[str, Any]) -> Recording:
    segments = []
    for one in video["annotations"]:
        start, end = map(seconds, one["segment"])
        segments.append(Segment(label_of(one["label"]), start, end))
    length = video.get("duration", video.get("duration_second"))
    duration = None if length is None else seconds(length)
    return Recording(source, name, tuple(segments), duration, split_of(video.get("subset")))
