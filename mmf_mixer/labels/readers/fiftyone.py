"""FiftyOne's temporal detections (https://docs.voxel51.com/user_guide/import_datasets.html)."""

from fractions import Fraction
from pathlib import Path
from typing import Any

from mmf_mixer.errors import InputError, nearest, shown
from mmf_mixer.labels.readers.reading import frames_to_seconds, json_of, label_of, seconds, written_by
from mmf_mixer.labels.readers.recording import Recording, Segment


def fiftyone(source: Path, frame_rate: Fraction | None = None) -> list[Recording]:
    """The videos of the `labels.json` of a `FiftyOneTemporalDetectionDataset`.

    Args:
        source: the file.
        frame_rate: frames per second, where it counts frames (`support`) instead of seconds (`timestamps`).

    Raises:
        InputError: it is no such JSON, has a label that is none of its classes, or counts frames of an unknown rate.
    """
    content = json_of(source)
    with written_by("FiftyOne", source):
        classes = [label_of(name) for name in content.get("classes") or ()]
        recordings = []
        for name, detections in content["labels"].items():
            where = f"{source}: {shown(name)}"
            segments = (_segment(where, one, classes, frame_rate) for one in detections or ())
            recordings.append(Recording(source, name, tuple(segments), labels=tuple(classes)))
        return recordings


def _segment(where: str, one: dict[str, Any], classes: list[str], frame_rate: Fraction | None) -> Segment:
    written = one["label"]
    if isinstance(written, int) and not isinstance(written, bool) and 0 <= written < len(classes):
        written = classes[written]  # by its number
    label = label_of(written)
    if classes and label not in classes:
        close = nearest(label, classes)
        meant = f" (did you mean {shown(close)}?)" if close else ""
        raise InputError(f"{where}: label {shown(label)} is none of the classes{meant}; correct it or add it there.")
    if "timestamps" in one:
        start, end = map(seconds, one["timestamps"])
    elif frame_rate is None:
        raise InputError(f"{where}: counts frames; give --frame-rate, or export it with timestamps.")
    else:
        start, end = frames_to_seconds(one["support"], frame_rate)
    return Segment(label, start, end)
