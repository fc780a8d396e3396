"""ActivityNet's JSON (https://github.com/activitynet/ActivityNet/tree/master/Evaluation)."""

from mmf_mixer.annotate.exports.writing import as_json, one_line, stem
from mmf_mixer.data.timeline import Timeline


def activitynet(timeline: Timeline) -> str:
    """The segments as predictions (`results`) and as ground truth (`database`), in seconds.

    Read by ActivityNet's evaluation and by data sets of temporal localisation.
    """
    found = [{"label": one_line(one.label), "segment": [one.start, one.end]} for one in timeline.kept]
    scored = [{**entry, "score": one.score} for entry, one in zip(found, timeline.kept, strict=True)]
    name = stem(timeline)
    return as_json(
        {
            "version": "VERSION 1.3",
            "results": {name: scored},
            "external_data": {},
            "database": {name: {"duration": timeline.duration, "subset": "validation", "annotations": found}},
        }
    )
