from fractions import Fraction

import pytest

from mmf_mixer.data.timeline import Timeline
from mmf_mixer.errors import InputError
from tests.report.annotation.make import match


def test_a_master_file_comes_back_as_it_was() -> None:
    assert Timeline.from_master(match()).master() == match()
    corrected = {**match(), "complete": [[4.0, 7.0], [0.0, 2.0]]}
    corrected["segments"][0]["status"] = "added"
    assert Timeline.from_master(corrected).master() == corrected


def test_another_format_and_a_damaged_file_are_refused() -> None:
    with pytest.raises(InputError, match="is no mmf-mixer-annotation of version 1"):
        Timeline.from_master({**match(), "version": 2})
    broken = match()
    del broken["segments"][0]["label"]
    with pytest.raises(InputError, match=r"is damaged .*label"):
        Timeline.from_master(broken)


def test_a_field_of_any_length_is_refused_in_a_short_sentence() -> None:
    broken = match()
    broken["segments"][0]["x" * 5000] = 1
    with pytest.raises(InputError, match="is damaged") as refused:
        Timeline.from_master(broken)
    assert len(str(refused.value)) < 300


def test_a_segment_of_an_unknown_label_is_refused() -> None:
    other = match()
    other["segments"][0]["label"] = "event/offside"
    with pytest.raises(InputError, match="a segment's label 'event/offside' is unknown"):
        Timeline.from_master(other)


@pytest.mark.parametrize("span", [[3, 1], [-1, 2], [1], ["a", "b"]])
def test_a_complete_stretch_that_cannot_be_is_refused(span: list[object]) -> None:
    with pytest.raises(InputError, match="is damaged"):
        Timeline.from_master({**match(), "complete": [span]})


def test_a_segment_of_an_unknown_status_is_refused() -> None:
    other = match()
    other["segments"][0]["status"] = "seen"
    with pytest.raises(InputError, match="a segment's status 'seen' is unknown"):
        Timeline.from_master(other)


def test_a_variable_rate_numbers_no_frames() -> None:
    timeline = Timeline.from_master({**match(), "variable_frame_rate": True})
    with pytest.raises(InputError, match=r"match\.mp4: has a variable frame rate, and EDL counts frames"):
        timeline.frame(1.0, "EDL")


def test_timecodes_go_on_from_the_files_own() -> None:
    timeline = Timeline.from_master(match())
    assert timeline.frame_rate == Fraction(25)
    assert timeline.timecode_at(59.96, "CSV") == "10:00:59:24"
