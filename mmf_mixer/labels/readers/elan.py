"""ELAN's annotation format EAF (https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf)."""

import re
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from xml.etree.ElementTree import Element

from mmf_mixer.errors import InputError, nearest, shown
from mmf_mixer.labels.readers.reading import label_of, path_of, seconds, written_by, xml_of
from mmf_mixer.labels.readers.recording import Recording, Segment

SCORE = re.compile(r"[01]?\.\d+|[01]|")  # also none


def elan(source: Path, tiers: Collection[str] = ()) -> list[Recording]:
    """The one recording of an .eaf file. Times are shifted by the media's `TIME_ORIGIN`.

    A tier is a label if it is called "group/label", or if its annotations say nothing or are scores; else it is a
    group, and its annotations are labels.

    Args:
        source: the file.
        tiers: those that count; none = all.

    Raises:
        InputError: it is no EAF in milliseconds, or lacks one of the tiers.
    """
    root = xml_of(source)
    with written_by("ELAN", source):
        if root.tag != "ANNOTATION_DOCUMENT":
            raise ValueError(f"it begins with {shown(root.tag)}")
        if (units := root.find("HEADER").get("TIME_UNITS", "milliseconds")) != "milliseconds":  # type: ignore[union-attr]
            raise InputError(f"{source}: counts in {shown(units)}; save it anew in ELAN, in milliseconds.")
        found = {tier.attrib["TIER_ID"]: tier for tier in root.iter("TIER")}
        for name in tiers:
            if name not in found:
                close = nearest(name, found) or ", ".join(found)
                raise InputError(f"{source}: has no tier {shown(name)}; it has {shown(close)}.")
        media = root.findall("HEADER/MEDIA_DESCRIPTOR")
        media.sort(key=lambda one: not one.get("MIME_TYPE", "").startswith("video"))
        video, origin = (_address(media[0]), int(media[0].get("TIME_ORIGIN", 0))) if media else (source.stem, 0)
        slots = {
            slot.attrib["TIME_SLOT_ID"]: seconds((int(slot.attrib["TIME_VALUE"]) + origin) / 1000)
            for slot in root.iter("TIME_SLOT")
            if "TIME_VALUE" in slot.attrib
        }
        left: Counter[str] = Counter()
        segments = [one for name in tiers or found for one in _segments(name, found[name], slots, left)]
    return [Recording(source, video, tuple(segments), left_out=left)]


def _address(media: Element) -> str:
    return path_of(media.get("RELATIVE_MEDIA_URL") or media.attrib["MEDIA_URL"])


def _segments(name: str, tier: Element, slots: dict[str, float], left: Counter[str]) -> list[Segment]:
    found = []
    for one in tier.iter("ALIGNABLE_ANNOTATION"):
        start, end = (slots.get(one.attrib[f"TIME_SLOT_REF{number}"]) for number in (1, 2))
        if start is None or end is None:
            left["an annotation without a time"] += 1
        else:
            found.append((label_of(one.findtext("ANNOTATION_VALUE") or ""), start, end))
    if count := len(list(tier.iter("REF_ANNOTATION"))):
        left["an annotation that only refers to another"] += count
    if "/" in name or all(SCORE.fullmatch(value) for value, *_ in found):
        return [Segment(label_of(name), start, end) for _, start, end in found]
    left["an annotation without a value"] += sum(not value for value, *_ in found)
    return [Segment(f"{label_of(name)}/{value}", start, end) for value, start, end in found if value]
