"""OpenTimelineIO's JSON (https://opentimelineio.readthedocs.io/en/stable/tutorials/otio-serialized-schema.html)."""

from typing import Any

from mmf_mixer.annotate.exports.writing import address, as_json, frames, one_line, shares, stem
from mmf_mixer.data.timeline import Segment, Timeline

COLOURS = ("BLUE", "GREEN", "YELLOW", "RED", "PURPLE", "CYAN", "PINK", "ORANGE", "MAGENTA", "WHITE")
WANTED_BY = "OpenTimelineIO"
MEDIA = "DEFAULT_MEDIA"


def otio(timeline: Timeline) -> str:
    """A track with the whole video as its clip, and on it a marker for each segment. Frames count from midnight of the
    file's own timecode. Raises InputError where no rate numbers the frames.

    Read by OpenTimelineIO, DaVinci Resolve and other editors.
    """
    first = timeline.first_frame(WANTED_BY)
    whole = _range(timeline, first, max(1, timeline.frame(timeline.duration, WANTED_BY)))
    media = {"OTIO_SCHEMA": "ExternalReference.1", "target_url": address(timeline), "available_range": whole}
    clip = {
        "OTIO_SCHEMA": "Clip.2",
        "name": stem(timeline),
        "source_range": whole,
        "media_references": {MEDIA: media},
        "active_media_reference_key": MEDIA,
        "markers": [_marker(timeline, first, one) for one in timeline.kept],
    }
    track = {"OTIO_SCHEMA": "Track.1", "name": "video", "kind": "Video", "children": [clip]}
    return as_json(
        {
            "OTIO_SCHEMA": "Timeline.1",
            "name": stem(timeline),
            "global_start_time": _time(timeline, first),
            "tracks": {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]},
        }
    )


def _marker(timeline: Timeline, first: int, segment: Segment) -> dict[str, Any]:
    start, length = frames(timeline, segment, WANTED_BY)
    facts = {"score": segment.score, "modalities": shares(segment), "status": segment.status}
    return {
        "OTIO_SCHEMA": "Marker.2",
        "name": one_line(segment.label),
        "color": COLOURS[timeline.labels.position[segment.label] % len(COLOURS)],
        "marked_range": _range(timeline, first + start, length),
        "metadata": {"mmf_mixer": facts},
    }


def _range(timeline: Timeline, start: int, length: int) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(timeline, start),
        "duration": _time(timeline, length),
    }


def _time(timeline: Timeline, frames: int) -> dict[str, Any]:
    rate = float(timeline.constant_rate(WANTED_BY))
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(frames)}
