"""ELAN's annotation format EAF 3.0 (https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf)."""

from datetime import UTC, datetime
from mimetypes import guess_type
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from mmf_mixer.annotate.exports.writing import milliseconds, one_line
from mmf_mixer.data.timeline import Segment, Timeline

SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
LINGUISTIC_TYPE = "label"

Stretch = tuple[int, int, float]  # milliseconds, and the score


def elan(timeline: Timeline) -> str:
    """A tier for each label, whose annotations read the score. Segments of a label that overlap are one, with the
    highest score, for annotations of a tier may not overlap.

    Read by ELAN and pympi.
    """
    root = Element("ANNOTATION_DOCUMENT", AUTHOR="mmf-mixer", FORMAT="3.0", VERSION="3.0")
    root.set("DATE", datetime.now(UTC).isoformat(timespec="seconds"))
    root.set("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
    root.set("xsi:noNamespaceSchemaLocation", SCHEMA)
    header = SubElement(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    video = one_line(timeline.video).replace("%", "%25")  # ELAN writes plain paths, its schema wants URIs
    place = f"./{video}"
    kind = guess_type(timeline.video)[0] or "video/*"
    SubElement(header, "MEDIA_DESCRIPTOR", MEDIA_URL=place, MIME_TYPE=kind, RELATIVE_MEDIA_URL=place)
    slots = SubElement(root, "TIME_ORDER")
    for label, stretches in _tiers(timeline.kept).items():
        tier = SubElement(root, "TIER", TIER_ID=label, LINGUISTIC_TYPE_REF=LINGUISTIC_TYPE)
        for *times, score in stretches:
            references = {}
            for name, time in zip(("TIME_SLOT_REF1", "TIME_SLOT_REF2"), times, strict=True):
                references[name] = f"ts{len(slots) + 1}"
                SubElement(slots, "TIME_SLOT", TIME_SLOT_ID=references[name], TIME_VALUE=f"{time}")
            annotation = SubElement(SubElement(tier, "ANNOTATION"), "ALIGNABLE_ANNOTATION", references)
            annotation.set("ANNOTATION_ID", f"a{len(slots) // 2}")
            SubElement(annotation, "ANNOTATION_VALUE").text = f"{score:.2f}"
    slots[:] = sorted(slots, key=lambda slot: int(slot.get("TIME_VALUE", 0)))
    SubElement(root, "LINGUISTIC_TYPE", LINGUISTIC_TYPE_ID=LINGUISTIC_TYPE, TIME_ALIGNABLE="true")
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, "unicode")}\n'


def _tiers(segments: list[Segment]) -> dict[str, list[Stretch]]:
    """By label, in the order of time."""
    tiers: dict[str, list[Stretch]] = {}
    for one in segments:
        start, end, score = milliseconds(one.start), milliseconds(one.end), one.score
        end = max(end, start + 1)
        tier = tiers.setdefault(one_line(one.label), [])
        if tier and start < tier[-1][1]:
            start, before, best = tier.pop()
            end, score = max(end, before), max(score, best)
        tier.append((start, end, score))
    return tiers
