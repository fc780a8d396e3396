from fractions import Fraction

import pytest

from mmf_mixer.data.timecode import Timecode, frame_at, frames_of, timecode_of
from mmf_mixer.errors import InputError

NTSC, NTSC_60, FILM = Fraction(30000, 1001), Fraction(60000, 1001), Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("seconds", "rate", "drop_frame", "timecode"),
    [
        (60, NTSC, True, "00:00:59;28"),
        (3600, NTSC, True, "01:00:00;00"),
        (3600, NTSC, False, "00:59:56:12"),
        (3600, NTSC_60, True, "01:00:00;00"),
        (3600, Fraction(25), False, "01:00:00:00"),
        (3600, FILM, False, "00:59:56:09"),
    ],
)
def test_seconds_become_timecodes(seconds: float, rate: Fraction, drop_frame: bool, timecode: str) -> None:
    assert timecode_of(frame_at(seconds, rate), rate, drop_frame) == timecode


@pytest.mark.parametrize(("rate", "drop_frame"), [(NTSC, True), (NTSC_60, True), (NTSC, False), (FILM, False)])
def test_a_timecode_is_that_of_its_frame_only(rate: Fraction, drop_frame: bool) -> None:
    frames = [*range(20000), *range(10**6, 10**6 + 2000)]
    assert [frames_of(timecode_of(frame, rate, drop_frame), rate, drop_frame) for frame in frames] == frames


def test_drop_frame_leaves_out_numbers_but_at_tenths_of_minutes() -> None:
    assert timecode_of(1799, NTSC, True) == "00:00:59;29"
    assert timecode_of(1800, NTSC, True) == "00:01:00;02"
    assert timecode_of(17982, NTSC, True) == "00:10:00;00"


def test_a_stamp_that_was_rounded_down_is_that_of_its_frame() -> None:
    assert [frame_at(round(float(frame / NTSC), 6), NTSC) for frame in range(1000)] == list(range(1000))


def test_what_is_no_timecode_is_refused() -> None:
    with pytest.raises(InputError, match="is no timecode; write it as 01:00:00:00"):
        frames_of("1h", NTSC, False)


def test_drop_frame_is_for_rates_that_have_it_and_what_is_no_timecode_is_none() -> None:
    assert Timecode.read("01:00:00;00", NTSC) == Timecode("01:00:00;00", drop_frame=True)
    assert Timecode.read("01:00:00;00", Fraction(25)) == Timecode("01:00:00;00", drop_frame=False)
    assert Timecode.read("10:00:00:00", NTSC) == Timecode("10:00:00:00", drop_frame=False)
    assert Timecode.read("soon", NTSC) is None
