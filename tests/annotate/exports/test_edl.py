"""No library reads Resolve's markers; OpenTimelineIO reads their timecodes."""

import re
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import pytest
from opentimelineio.opentime import from_timecode

from mmf_mixer.data.timeline import Timeline
from tests.annotate.exports.make import HOUR, RATES, Rate, at_rate, clean, nasty, segment, timeline, written

EVENT = re.compile(r"(\d{3,})  001      V     C        (\S{11}) (\S{11}) (\S{11}) (\S{11})  ")
MARKER = re.compile(r"([^|\d][^|]*) \|C:ResolveColor([A-Z][a-z]+) \|M:([^|]+) \|D:(\d+)")


class Marker(NamedTuple):
    number: int
    begin: str
    end: str
    note: str
    name: str
    length: int


def read(annotated: Timeline, folder: Path) -> tuple[list[str], list[Marker]]:
    """The lines of the head, and the markers."""
    head, *blocks = written(annotated, "edl", folder).read_text().rstrip("\n").split("\n\n")
    markers = []
    for block in blocks:
        first, second = block.split("\n")
        event, marker = EVENT.fullmatch(first), MARKER.fullmatch(second)
        assert event and marker, block
        assert event[2] == event[4] and event[3] == event[5]
        markers.append(Marker(int(event[1]), event[2], event[3], marker[1], marker[3], int(marker[4])))
    return head.split("\n"), markers


def test_a_marker_says_all_of_a_segment(tmp_path: Path) -> None:
    head, markers = read(timeline(segment("event/goal", 23.4, 27.6, score=0.96)), tmp_path)
    assert head == ["TITLE: match", "FCM: NON-DROP FRAME"]
    note = "score 0.96 (text 0.25, audio 0.75)"
    assert markers == [Marker(1, "10:00:23:10", "10:00:23:11", note, "event/goal", 105)]


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.name)
def test_timecodes_are_those_of_the_rate_and_go_on_from_the_files_own(rate: Rate, tmp_path: Path) -> None:
    head, (marker,) = read(at_rate(rate), tmp_path)
    assert head[1] == ("FCM: DROP FRAME" if rate.drop_frame else "FCM: NON-DROP FRAME")
    assert marker.begin == rate.timecode
    fps = float(Fraction(rate.rate))
    begin, end, first = (from_timecode(code, fps).to_frames() for code in (marker.begin, marker.end, rate.start))
    assert (begin - first, end - begin) == (rate.frame, 1)
    assert marker.length == int((HOUR + 1) * Fraction(rate.rate)) - rate.frame


def test_a_file_without_timecode_starts_at_midnight(tmp_path: Path) -> None:
    _, (marker,) = read(timeline(segment("event/goal", 1.0, 2.0), timecode=None), tmp_path)
    assert marker.begin == "00:00:01:00"


def test_markers_of_a_frame_are_one(tmp_path: Path) -> None:
    spans = [("event/shot", 1.0, 2.0), ("event/goal", 1.01, 3.0), ("event/whistle", 1.04, 2.0)]
    _, markers = read(timeline(*(segment(*span) for span in spans)), tmp_path)
    assert [(one.number, one.name, one.length) for one in markers] == [
        (1, "event/shot + event/goal", 50),
        (2, "event/whistle", 24),
    ]


def test_a_marker_lasts_a_frame_at_least(tmp_path: Path) -> None:
    _, (marker,) = read(timeline(segment("event/goal", 1.0, 1.0)), tmp_path)
    assert marker.length == 1


def test_texts_stay_in_their_field(tmp_path: Path) -> None:
    head, (marker,) = read(nasty(), tmp_path)
    assert marker.name == clean().replace("|", "/")
    assert len(head) == 2
