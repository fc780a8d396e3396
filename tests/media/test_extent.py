"""The picture's own beginning and end, in every container."""

from pathlib import Path

import pytest

from mmf_mixer.media.decode import frame_times
from tests.media.recordings import KINDS, grey, greys, pitch, pitches, record


@pytest.mark.parametrize("suffix", sorted(KINDS))
def test_the_end_is_the_pictures_own(tmp_path: Path, suffix: str) -> None:
    path = record(tmp_path / f"a{suffix}", seconds=4, sound_seconds=12)

    assert greys(path, 8) == [grey(second // 2) for second in range(8)]
    times = frame_times(path, 4)
    assert times == pytest.approx([times[0] + second for second in range(4)], abs=0.02)
    assert len(pitches(path)) == 12


@pytest.mark.parametrize("suffix", sorted(set(KINDS) - {".avi"}))  # it has no time stamps
@pytest.mark.parametrize("begin", [0.3, 100.0])
def test_time_counts_from_where_the_stamps_begin(tmp_path: Path, suffix: str, begin: float) -> None:
    path = record(tmp_path / f"a{suffix}", picture_from=begin, sound_from=begin)

    assert greys(path, 6) == [grey(second) for second in range(6)]
    assert pitches(path)[:6] == [pitch(second) for second in range(6)]
    assert greys(path, 2, 4, 6) == [grey(4), grey(5)] and pitches(path, 4, 6) == [pitch(4), pitch(5)]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_a_picture_that_begins_after_the_sound(tmp_path: Path, suffix: str) -> None:
    path = record(tmp_path / f"a{suffix}", first=2, seconds=4, picture_from=2.0, sound_seconds=6)

    assert greys(path, 4) == [grey(second) for second in range(2, 6)]
    assert greys(path, 6, 0, 6) == [grey(second) for second in (2, 2, 2, 3, 4, 5)]


@pytest.mark.parametrize(
    ("name", "codec"), [("a.h264", "libx264"), ("a.m4v", "mpeg4"), ("a.m2v", "mpeg2video"), ("a.hevc", "libx265")]
)
@pytest.mark.parametrize("fps", [10, 30])
def test_bare_pictures_are_counted(tmp_path: Path, name: str, codec: str, fps: int) -> None:
    fps = 24 if codec == "mpeg2video" and fps == 10 else fps  # it knows some rates only
    path = record(tmp_path / name, codecs=(codec, ""), fps=fps)

    assert greys(path, 6) == [grey(second) for second in range(6)]
    assert greys(path, 2, 4, 6) == [grey(4), grey(5)]
    assert frame_times(path, 2, 2, 4, rate="native")[1] - frame_times(path, 2, 2, 4, rate="native")[0] == pytest.approx(
        1 / fps, rel=0.01
    )
