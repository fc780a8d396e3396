"""Label Studio's tasks, exported as JSON (https://labelstud.io/guide/export.html#JSON)."""

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from mmf_mixer.errors import InputError
from mmf_mixer.labels.readers.reading import frames_to_seconds, json_of, label_of, path_of, seconds, written_by
from mmf_mixer.labels.readers.recording import Recording, Segment

MEDIA = ("video", "audio")  # what their field is usually called
RATES = ("fps", "frame_rate", "frameRate", "framerate")
UPLOADED = re.compile(r"^(.*/)?upload/(\d+/)?[0-9a-f]{8}-")  # what Label Studio puts before a name


def label_studio(source: Path, frame_rate: Fraction | None = None) -> list[Recording]:
    """A recording for each task: the annotation that is marked as ground truth, else the last one, else predictions,
    which nobody has checked.

    Args:
        source: the file.
        frame_rate: frames per second of the labelling config, where a task does not say it.

    Raises:
        InputError: it is no such JSON, or counts frames of an unknown rate.
    """
    tasks = json_of(source)
    with written_by("Label Studio", source):
        if not isinstance(tasks, list) or not all("data" in task for task in tasks):
            raise ValueError("it is no list of tasks with their data; choose JSON, not JSON-MIN")
        return [_recording(source, number, task, frame_rate) for number, task in enumerate(tasks, 1)]


def _recording(source: Path, number: int, task: dict[str, Any], frame_rate: Fraction | None) -> Recording:
    data = task["data"]
    names = [data[name] for name in MEDIA if name in data] or [
        value for value in data.values() if isinstance(value, str) and re.search(r"\.\w{2,4}$", value)
    ]
    if len(names) != 1:
        raise ValueError(f"task {number} names {len(names)} media files")
    stated = next((data[name] for name in RATES if name in data), None)
    rate = Fraction(stated).limit_denominator(1001) if stated is not None else frame_rate
    left: Counter[str] = Counter()
    done = [one for one in task.get("annotations", ()) if not one.get("was_cancelled")]
    predictions = task.get("predictions") or ()
    if done:
        chosen = next((one for one in done if one.get("ground_truth")), done[-1])
        left["a region of another annotation of the task"] += sum(
            len(one["result"]) for one in done if one is not chosen
        )
        left["a prediction beside an annotation"] += sum(len(_regions(one)) for one in predictions)
    regions = _regions(chosen) if done else [region for one in predictions for region in _regions(one)]
    where = f"{source}: task {number}"
    segments = [one for region in regions for one in _segments(where, region, rate, bool(done), left)]
    return Recording(source, UPLOADED.sub("", path_of(names[0])), tuple(segments), left_out=left)


def _regions(one: Any) -> list[dict[str, Any]]:
    """Of an annotation or a prediction; an export may hold ids of predictions alone."""
    return list(one["result"]) if isinstance(one, dict) else []


def _segments(
    where: str, region: dict[str, Any], rate: Fraction | None, checked: bool, left: Counter[str]
) -> Iterator[Segment]:
    value, kind = region["value"], region["type"]
    if kind == "timelinelabels":
        if rate is None:
            raise InputError(
                f"{where}: does not say how many frames a second has; give --frame-rate as the labelling config has "
                "it, 24 if it has none."
            )
        times = [frames_to_seconds([one["start"], one["end"]], rate) for one in value["ranges"]]
    elif kind == "labels" and {"start", "end"} <= set(value):  # of sound
        times = [(seconds(value["start"]), seconds(value["end"]))]
    elif kind == "choices":
        times = [(None, None)]  # type: ignore[list-item]
    else:
        left[f"a region of the kind {kind}"] += 1
        return
    for label in value.get(kind, ()):
        yield from (Segment(label_of(label), start, end, checked) for start, end in times)
    if not value.get(kind):
        left["a region without a label"] += 1
