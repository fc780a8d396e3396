"""What is decoded for a window does not depend on where it lies."""

from pathlib import Path

import pytest

from tests.media.recordings import grey, greys, pitch, pitches, record

KINDS = ["mp4", "mkv", "webm", "ts", "m2ts", "mpg", "vob", "flv", "avi"]


@pytest.mark.parametrize("suffix", KINDS)
def test_a_window_is_decoded_from_the_key_frame_before_it(tmp_path: Path, suffix: str, decoded: list[float]) -> None:
    path = record(tmp_path / f"a.{suffix}", seconds=40, fps=5, keys=10)

    for start in (15, 23, 37):
        assert greys(path, 2, start, start + 2) == [grey(start), grey(start + 1)]
        assert len(decoded) <= 45  # of 200: some groups of ten, for program streams are found in steps
        decoded.clear()
        assert pitches(path, start, start + 2) == [pitch(start), pitch(start + 1)]
        assert len(decoded) <= 300  # of 1700
        decoded.clear()


@pytest.mark.parametrize("suffix", ["ts", "mpg"])
def test_long_groups_of_pictures_are_stepped_back_over(tmp_path: Path, suffix: str, decoded: list[float]) -> None:
    path = record(tmp_path / f"a.{suffix}", seconds=40, fps=5, keys=100, codecs=("mpeg2video", ""))

    assert greys(path, 2, 37, 39) == [grey(37), grey(38)]
    assert len(decoded) <= 120
