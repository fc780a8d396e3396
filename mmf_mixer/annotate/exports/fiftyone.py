"""FiftyOne's temporal detections (https://docs.voxel51.com/user_guide/import_datasets.html)."""

from mmf_mixer.annotate.exports.writing import as_json, one_line, shares, stem
from mmf_mixer.data.timeline import Timeline


def fiftyone(timeline: Timeline) -> str:
    """`labels.json` of a data set with this one video, which FiftyOne wants in the folder `data` beside it.

    Read by FiftyOne as a `FiftyOneTemporalDetectionDataset`.
    """
    detections = [
        {
            "label": one_line(one.label),
            "timestamps": [one.start, one.end],
            "confidence": one.score,
            "attributes": {"modalities": shares(one), "shot": one.shot, "status": one.status},
        }
        for one in timeline.kept
    ]
    return as_json({"classes": list(map(one_line, timeline.labels.names)), "labels": {stem(timeline): detections}})
