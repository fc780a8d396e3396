from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pympi import Eaf

from mmf_mixer.data.timeline import Timeline
from tests.annotate.exports.make import CLEAN, RATES, Rate, at_rate, clean, nasty, segment, timeline, written

Tiers = dict[str, list[tuple[int, int, str]]]


def read(annotated: Timeline, folder: Path) -> Eaf:
    return Eaf(str(written(annotated, "eaf", folder)))


def tiers(annotated: Timeline, folder: Path) -> Tiers:
    document = read(annotated, folder)
    return {name: sorted(document.get_annotation_data_for_tier(name)) for name in document.get_tier_names()}


def test_each_label_has_a_tier_of_its_segments(tmp_path: Path) -> None:
    expected: Tiers = {}
    for one in timeline().kept:
        times = round(1000 * one.start), round(1000 * one.end)
        expected.setdefault(one.label, []).append((*times, f"{one.score:.2f}"))
    assert tiers(timeline(), tmp_path) == expected


def test_segments_of_a_label_that_overlap_are_one(tmp_path: Path) -> None:
    spans = [(1.0, 4.0, 0.6), (2.0, 3.0, 0.9), (3.5, 5.0, 0.5), (5.0, 6.0, 0.7)]
    goals = [segment("event/goal", start, end, score=score) for start, end, score in spans]
    assert tiers(timeline(*goals), tmp_path) == {"event/goal": [(1000, 5000, "0.90"), (5000, 6000, "0.70")]}


def test_no_annotation_has_zero_length(tmp_path: Path) -> None:
    assert tiers(timeline(segment("event/goal", 1.0, 1.0002)), tmp_path) == {"event/goal": [(1000, 1001, "0.50")]}


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.name)
def test_times_are_milliseconds_of_the_file_at_any_rate(rate: Rate, tmp_path: Path) -> None:
    assert tiers(at_rate(rate), tmp_path) == {"activity/attack": [(3600000, 3601000, "0.50")]}


def test_the_video_is_found_beside_the_file(tmp_path: Path) -> None:
    (media,) = read(timeline(), tmp_path).media_descriptors
    assert (media["RELATIVE_MEDIA_URL"], media["MIME_TYPE"]) == ("./match.mp4", "video/mp4")
    assert "TIME_ORIGIN" not in media


def test_a_percent_sign_in_the_name_of_the_video_is_escaped_as_the_schema_wants(tmp_path: Path) -> None:
    (media,) = read(timeline(video="goals/50% more.mp4"), tmp_path).media_descriptors
    assert media["MEDIA_URL"] == "./goals/50%25 more.mp4"


def test_texts_come_back_from_the_xml(tmp_path: Path) -> None:
    document = read(nasty(), tmp_path)
    assert list(document.get_tier_names()) == [clean()]
    assert document.media_descriptors[0]["MEDIA_URL"] == f"./{CLEAN}.mp4"


def test_elements_come_in_the_order_of_the_schema_and_slots_in_that_of_time(tmp_path: Path) -> None:
    root = ElementTree.parse(written(timeline(), "eaf", tmp_path)).getroot()
    names = [element.tag for element in root]
    assert list(Counter(names)) == ["HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE"]
    times = [int(slot.attrib["TIME_VALUE"]) for slot in root.iter("TIME_SLOT")]
    assert times == sorted(times)
