"""Label Studio's tasks with predictions, and the labelling config they need (https://labelstud.io/tags/timelinelabels)."""

from statistics import fmean
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from mmf_mixer.annotate.exports.writing import address, as_json, frames, one_line
from mmf_mixer.data.timeline import Timeline

CONTROL, OBJECT = "videoLabels", "video"
LOCAL_FILES = "/data/local-files/?d="  # https://labelstud.io/guide/storage.html#Local-storage
WANTED_BY = "Label Studio"


def label_studio(timeline: Timeline) -> str:
    """A task whose predictions are ranges of frames, from 1, the last one included. The video is one of Label Studio's
    local files. Raises InputError where no rate numbers the frames.

    Read by Label Studio, with the config of `label_studio_config`.
    """
    regions = []
    for number, one in enumerate(timeline.kept, 1):
        first, count = frames(timeline, one, WANTED_BY)
        value = {"ranges": [{"start": first + 1, "end": first + count}], "timelinelabels": [one_line(one.label)]}
        regions.append(
            {
                "id": f"segment-{number}",
                "type": "timelinelabels",
                "from_name": CONTROL,
                "to_name": OBJECT,
                "origin": "prediction",
                "score": one.score,
                "value": value,
            }
        )
    prediction = {
        "model_version": one_line(timeline.run.fingerprint),
        "score": fmean(one.score for one in timeline.kept) if regions else 0.0,
        "result": regions,
    }
    data = {"video": LOCAL_FILES + address(timeline), "fps": float(timeline.constant_rate(WANTED_BY))}
    return as_json([{"data": data, "predictions": [prediction]}])


def label_studio_config(timeline: Timeline) -> str:
    """The labelling config: all labels, and the frame rate from the task, for which Label Studio would take 24.

    Read by Label Studio, in a project's settings.
    """
    view = Element("View")
    labels = SubElement(view, "TimelineLabels", name=CONTROL, toName=OBJECT)
    for name in timeline.labels.names:
        SubElement(labels, "Label", value=one_line(name))
    SubElement(view, "Video", name=OBJECT, value="$video", frameRate="$fps", timelineHeight="120")
    indent(view)
    return tostring(view, "unicode") + "\n"
