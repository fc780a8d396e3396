"""A file read once from front to back, and its clock."""

from functools import partial
from pathlib import Path

import pytest

from mmf_mixer.errors import InputError
from mmf_mixer.media.container import seconds
from mmf_mixer.media.recording import opened
from mmf_mixer.media.tracks import picture_track, sound_track
from tests.media.recordings import joined, record


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "mpg", "flv", "avi"])
def test_all_frames_come_in_order_with_their_times(tmp_path: Path, suffix: str) -> None:
    path = record(tmp_path / f"a.{suffix}")

    with opened(path) as recording:
        times = [timed.time for timed in recording.frames(partial(picture_track, path))]

    assert len(times) == 60
    assert times == pytest.approx([times[0] + number / 10 for number in range(60)], abs=0.002)


def test_across_joints_the_clock_runs_on(tmp_path: Path) -> None:
    path = joined(tmp_path / "joined.ts", *[record(tmp_path / "a.ts", seconds=3)] * 3)

    with opened(path) as recording:
        pictures = [timed.time for timed in recording.frames(partial(picture_track, path))]
    with opened(path) as recording:
        sounds = [(timed.time, seconds(timed.frame)) for timed in recording.frames(partial(sound_track, path))]

    assert len(pictures) == 90 and pictures == sorted(pictures)
    assert pictures[-1] - pictures[0] == pytest.approx(8.9, abs=0.15)
    assert sum(length for _, length in sounds) == pytest.approx(9.1, abs=0.1)


def test_a_later_part_may_lack_the_track(tmp_path: Path) -> None:
    whole, silent = record(tmp_path / "a.ts", seconds=2), record(tmp_path / "b.ts", seconds=2, codecs=("libx264", ""))

    with opened(path := joined(tmp_path / "ab.ts", whole, silent)) as recording:
        assert max(timed.time for timed in recording.frames(partial(sound_track, path))) < 2.1
    with opened(path := joined(tmp_path / "ba.ts", silent, whole)) as recording:
        assert min(timed.time for timed in recording.frames(partial(sound_track, path))) > 1.9
    with opened(path) as recording, pytest.raises(InputError, match="has no sound track 0"):
        next(recording.frames(partial(sound_track, path, name=0)))
