"""VIA 3's project (https://gitlab.com/vgg/via/-/blob/master/via-3.x.y/CodeDoc.md)."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmf_mixer.labels.readers.reading import json_of, label_of, path_of, seconds, written_by
from mmf_mixer.labels.readers.recording import Recording, Segment

TEXT, CHECKBOX = 1, 2  # kinds of attributes; of the others one option holds at a time
PICKED, INLINE = 1, 4  # how a file is reached; otherwise by `src`


def via(source: Path) -> list[Recording]:
    """A recording for each file of a project that has a view of its own; an attribute is a group of labels, unless its
    options are called "group/label". Raises InputError if it is no such project."""
    content = json_of(source)
    with written_by("VIA 3", source):
        names = {
            label: None
            for attribute in content["attribute"].values()
            for option in attribute["options"].values()
            if (label := _label(attribute, option))
        }
        recordings = []
        for vid in content["project"]["vid_list"]:
            files = [content["file"][str(fid)] for fid in content["view"][str(vid)]["fid_list"]]
            left: Counter[str] = Counter()
            own = [one for one in content["metadata"].values() if str(one["vid"]) == str(vid)]
            if len(files) != 1:
                left["a segment of several files at once"] += len(own)
                own = []
            segments = (found for one in own for found in _segments(one, content["attribute"], left))
            if files:
                recordings.append(
                    Recording(source, _name(files[0]), tuple(segments), labels=tuple(names), left_out=left)
                )
        return recordings


def _name(file: dict[str, Any]) -> str:
    picked = file["loc"] in (PICKED, INLINE) or not file.get("src")
    return path_of(file["fname"] if picked else file["src"])


def _label(attribute: dict[str, Any], option: str) -> str:
    label = label_of(option)
    return label if "/" in label or not label else f"{label_of(attribute['aname'])}/{label}"


def _segments(one: dict[str, Any], attributes: dict[str, Any], left: Counter[str]) -> Iterator[Segment]:
    if one["xy"]:
        left["a region of the picture"] += 1
        return
    times = [seconds(time) for time in one["z"]]
    if len(times) not in (0, 2):
        left["a moment without a length" if len(times) == 1 else "a segment of several parts"] += 1
        return
    found = [label for name, value in one["av"].items() for label in _chosen(attributes[name], value, left)]
    if not found:
        left["a segment without a label"] += 1
    for label in found:
        yield Segment(label, times[0], times[1]) if times else Segment(label)


def _chosen(attribute: dict[str, Any], value: str, left: Counter[str]) -> list[str]:
    if attribute["type"] == TEXT:
        written = [value]
    else:
        chosen = value.split(",") if attribute["type"] == CHECKBOX else [value]
        if unknown := [option for option in chosen if option and option not in attribute["options"]]:
            raise ValueError(f"option {unknown[0]!r} of attribute {attribute['aname']!r} is not among its options")
        written = [attribute["options"][option] for option in chosen if option]
    return [label for option in written if (label := _label(attribute, option))]
