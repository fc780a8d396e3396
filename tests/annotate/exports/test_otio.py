from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote

import opentimelineio
import pytest
from opentimelineio.opentime import from_timecode, to_timecode
from opentimelineio.schema import Clip

from mmf_mixer.data.timeline import Timeline
from tests.annotate.exports.make import CLEAN, RATES, Rate, at_rate, clean, nasty, segment, timeline, written


def clip(annotated: Timeline, folder: Path) -> Clip:
    read = opentimelineio.adapters.read_from_file(str(written(annotated, "otio", folder)))
    assert isinstance(read, opentimelineio.schema.Timeline)
    (found,) = read.find_clips()
    assert read.global_start_time == found.source_range.start_time
    return found


def test_the_clip_is_the_whole_video(tmp_path: Path) -> None:
    found = clip(timeline(), tmp_path)
    assert found.media_reference.target_url == "match.mp4"
    assert found.source_range == found.media_reference.available_range
    assert found.duration().to_seconds() == 60.0


def test_each_segment_is_a_marker(tmp_path: Path) -> None:
    start = 10 * 3600
    found = clip(timeline(), tmp_path).markers
    spans = [
        (one.marked_range.start_time.to_seconds(), one.marked_range.end_time_exclusive().to_seconds(), one.name)
        for one in found
    ]
    assert spans == [(start + one.start, start + one.end, one.label) for one in timeline().kept]
    assert [one.metadata["mmf_mixer"]["score"] for one in found] == [one.score for one in timeline().kept]
    assert {one.color for one in found} <= set(vars(opentimelineio.schema.MarkerColor))


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.name)
def test_markers_have_the_frame_and_timecode_of_the_rate(rate: Rate, tmp_path: Path) -> None:
    found = clip(at_rate(rate), tmp_path)
    start, fps = found.markers[0].marked_range.start_time, float(Fraction(rate.rate))
    assert start.rate == fps
    assert (start - from_timecode(rate.start, fps)).to_frames() == rate.frame
    assert to_timecode(start, fps, rate.drop_frame) == rate.timecode
    assert found.available_range().contains(start)


def test_a_marker_lasts_a_frame_at_least(tmp_path: Path) -> None:
    (marker,) = clip(timeline(segment("event/goal", 1.0, 1.0)), tmp_path).markers
    assert marker.marked_range.duration.to_frames() == 1


def test_texts_come_back_from_the_json(tmp_path: Path) -> None:
    found = clip(nasty(), tmp_path)
    assert [one.name for one in found.markers] == [clean()]
    assert unquote(found.media_reference.target_url) == f"{CLEAN}.mp4"
