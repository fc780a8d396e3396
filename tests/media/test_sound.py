"""Sound stands where its time stamps say."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mmf_mixer import limits
from mmf_mixer.errors import InputError
from mmf_mixer.media.container import Timed
from mmf_mixer.media.decode import mono_audio
from mmf_mixer.media.sound import in_runs, laid_out, within_limits
from tests.media.make import write_media
from tests.media.recordings import greys, joined, pitch, pitches, record


def is_sent(kind: str, time: float) -> bool:
    """All but the sound of seconds 2 and 3."""
    return kind == "video" or not 2.0 <= time < 4.0


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.mpg", "a.flv", "a.webm"])
def test_where_nothing_was_sent_is_silence(tmp_path: Path, name: str) -> None:
    path = record(tmp_path / name, keep=is_sent)

    whole = pitches(path, 0, 6)

    assert whole[:2] + whole[3:] == [pitch(0), pitch(1), 0, pitch(4), pitch(5)]
    assert greys(path, 6, 0, 6) == [20, 40, 60, 80, 100, 120]
    assert pitches(path, 4, 6) == [pitch(4), pitch(5)] and pitches(path, 3, 6) == [0, pitch(4), pitch(5)]
    assert len(mono_audio(path, 16000, 2.5, 3.5)) == 16000 and pitches(path, 2.5, 3.5) == [0]


def timed(*times: float, length: int = 160, value: float = 0.5) -> Iterator[Timed]:
    """Frames of 10 ms, unless `length` (samples at 16 kHz) is another, all of one value."""
    for time in times:
        frame = av.AudioFrame.from_ndarray(np.full((1, length), value, np.float32), format="flt", layout="mono")
        frame.sample_rate, frame.time_base = 16000, Fraction(1, 16000)
        yield Timed(time, frame)


def test_a_lost_packet_of_twenty_milliseconds_is_a_hole() -> None:
    frames = timed(*[0.02 * n for n in range(50) if n != 20], length=320)

    samples = laid_out(frames, 16000, 0.0, 1.0)

    assert np.flatnonzero(samples == 0).tolist() == list(range(20 * 320, 21 * 320))


@pytest.mark.parametrize("waver", [0.0005, 0.012])
def test_wavering_time_stamps_leave_no_hole(waver: float) -> None:
    noise = np.random.default_rng(0).uniform(-waver, waver, 100)

    samples = laid_out(timed(*(0.02 * np.arange(100) + noise), length=320), 16000, 0.0, 2.0)

    assert (samples[200:-200] == 0.5).all()


def test_one_wild_time_stamp_moves_nothing() -> None:
    times = [0.02 * n for n in range(100)]
    times[50] = 900.0

    assert len({id(run) for run, _ in in_runs(timed(*times, length=320))}) == 1
    assert (laid_out(timed(*times, length=320), 16000, 0.0, 2.0) == 0.5).all()


def test_what_overlaps_shifts_nothing_that_follows() -> None:
    first, again = timed(*np.arange(0, 1, 0.02), length=320), timed(*np.arange(0.5, 2, 0.02), length=320, value=0.25)

    samples = laid_out((frame for part in (first, again) for frame in part), 16000, 0.0, 3.0)

    assert len(samples) == 32000 and (samples[:8000] == 0.5).all() and (samples[8000:] == 0.25).all()


def test_a_clock_that_drifts_is_followed() -> None:
    drifting = 0.02 * 1.001 * np.arange(3000)  # a minute in which 60 ms are lost, bit by bit

    samples = laid_out(timed(*drifting, length=320), 16000, 0.0, np.inf)

    assert abs(len(samples) / 16000 - 60.06) < 0.03 and (samples == 0).sum() <= 0.06 * 16000


def test_a_second_is_the_same_in_every_window(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mkv", seconds=12, keep=is_sent, codecs=("libx264", "flac"))

    whole = mono_audio(path, 16000, 0.0, 12.0)

    for start in (1.0, 2.5, 5.0, 7.3):
        part = mono_audio(path, 16000, start, start + 2)
        assert np.abs(part - whole[round(start * 16000) :][:32000])[50:-50].max() < 0.02


def test_before_the_first_sound_is_silence_and_after_the_last_nothing(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mkv", seconds=0.5, delay=0.5, codecs=("mpeg4", "pcm_s16le"))

    samples = mono_audio(path, 16000)

    assert len(samples) == 16000
    assert np.abs(samples[:7900]).max() == 0 and np.abs(samples[8100:]).max() > 0.4
    early = mono_audio(path, 16000, 0.0, 0.4)
    assert len(early) == 6400 and not early.any()
    assert len(mono_audio(path, 16000, 1.5, 2.0)) == 0


def test_units_of_time_may_change_on_the_way() -> None:
    first, second = timed(0.0, 0.02, 0.04, length=320), list(timed(0.06, 0.08, length=320))
    for later in second:
        later.frame.time_base = Fraction(1, 90_000)

    samples = laid_out((frame for part in (first, second) for frame in part), 16000, 0.0, 1.0)

    assert len(samples) == 1600 and (samples == 0.5).all()


def test_sound_dropped_at_a_splice_is_a_hole(tmp_path: Path) -> None:
    silent = record(tmp_path / "b.ts", first=2, seconds=2, codecs=("libx264", ""))
    parts = (record(tmp_path / "a.ts", seconds=2), silent, record(tmp_path / "c.ts", first=4, seconds=2))

    path = joined(tmp_path / "joined.ts", *parts)

    assert pitches(path, 0, 6) == [pitch(0), pitch(1), 0, 0, pitch(4), pitch(5)]
    assert greys(path, 6, 0, 6) == [20, 40, 60, 80, 100, 120]


def test_the_limit_is_on_the_window_however_late_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SOUND_SECONDS", 1.0)
    assert len(list(within_limits("a.wav", 100.0, 110.0, timed(100.0, 100.9)))) == 2
    with pytest.raises(InputError, match=r"a\.wav: its sound is over 0 minutes long"):
        list(within_limits("a.wav", 100.0, 110.0, timed(100.0, 101.1)))  # the silence before it is held too
