"""The exports by name."""

from collections.abc import Callable
from dataclasses import dataclass

from mmf_mixer.annotate.exports.activitynet import activitynet
from mmf_mixer.annotate.exports.edl import edl
from mmf_mixer.annotate.exports.elan import elan
from mmf_mixer.annotate.exports.fiftyone import fiftyone
from mmf_mixer.annotate.exports.label_studio import label_studio, label_studio_config
from mmf_mixer.annotate.exports.otio import otio
from mmf_mixer.annotate.exports.spreadsheet import spreadsheet
from mmf_mixer.annotate.exports.via import via
from mmf_mixer.annotate.exports.webvtt import webvtt_chapters, webvtt_labels
from mmf_mixer.data.timeline import Timeline
from mmf_mixer.errors import InputError, nearest, shown


@dataclass(frozen=True)
class Export:
    """A format: how its files end, the tool that reads it, and its writer."""

    suffix: str
    tool: str
    write: Callable[[Timeline], str]


EXPORTS = {
    "vtt": Export(".labels.vtt", "browsers (metadata track)", webvtt_labels),
    "chapters": Export(".chapters.vtt", "browsers, video players", webvtt_chapters),
    "csv": Export(".csv", "Excel, LibreOffice, pandas", spreadsheet),
    "eaf": Export(".eaf", "ELAN", elan),
    "via": Export(".via.json", "VIA 3", via),
    "label_studio": Export(".label-studio.json", "Label Studio (tasks)", label_studio),
    "label_studio_config": Export(".label-studio.xml", "Label Studio (labelling config)", label_studio_config),
    "fiftyone": Export(".fiftyone.json", "FiftyOne", fiftyone),
    "activitynet": Export(".activitynet.json", "ActivityNet's evaluation", activitynet),
    "edl": Export(".edl", "DaVinci Resolve (timeline markers)", edl),
    "otio": Export(".otio", "OpenTimelineIO, DaVinci Resolve", otio),
}


def named(names: str) -> list[str]:
    """The formats of "csv,eaf", of "all" or of "none". Raises InputError for an unknown one."""
    chosen = {"all": list(EXPORTS), "none": []}.get(names, [name.strip() for name in names.split(",")])
    for name in chosen:
        _known(name)
    return chosen


def export(timeline: Timeline, name: str) -> str:
    """The content of a file of that format. Raises InputError for an unknown one, and for one that counts frames where
    no rate numbers them."""
    return _known(name).write(timeline)


def _known(name: str) -> Export:
    if name not in EXPORTS:
        close = nearest(name, EXPORTS)
        meant = f" (did you mean {close}?)" if close else ""
        raise InputError(f"{shown(name)} is no export{meant}; take one of {', '.join(EXPORTS)}.")
    return EXPORTS[name]
