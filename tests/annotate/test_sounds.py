from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch

from mmf_mixer.annotate.sounds import Sounds
from mmf_mixer.annotate.sources import Encode
from mmf_mixer.annotate.windows import regular
from mmf_mixer.data.clip import Clip
from mmf_mixer.media import decode
from mmf_mixer.processors.audio_spectrogram import AudioSpectrogram
from tests.store.small import SmallAudio

RATE = 8000


def write_sounds(path: Path, *tracks: np.ndarray) -> Path:
    """A file of mono tracks."""
    with av.open(str(path), "w") as output:
        streams: list[Any] = [output.add_stream("pcm_s16le", rate=RATE, layout="mono") for _ in tracks]
        for stream, samples in zip(streams, tracks, strict=True):
            for place in range(0, len(samples), 1000):
                piece = (samples[None, place : place + 1000] * 2**14).astype(np.int16)
                frame = av.AudioFrame.from_ndarray(piece, "s16", "mono")
                frame.sample_rate, frame.pts, frame.time_base = RATE, place, Fraction(1, RATE)
                output.mux(stream.encode(frame))
            output.mux(stream.encode())
    return path


def sounds(path: Path) -> Sounds:
    processor = AudioSpectrogram({"size": 32, "tokens": 4, "rate": RATE})
    return Sounds(processor, Encode(SmallAudio(), 5, torch.device("cpu"), bf16=False), path)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The second up to which each decoding goes."""
    ends: list[float] = []

    def counted(path: Path, rate: int, start: float, end: float) -> Any:
        ends.append(end)
        return decode.mono_audio(path, rate, start, end)

    monkeypatch.setattr("mmf_mixer.annotate.sounds.mono_audio", counted)
    return ends


def test_windows_are_those_of_clips_and_the_sound_is_decoded_once(tmp_path: Path, calls: list[float]) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, 130 * RATE)
    source = sounds(write_sounds(tmp_path / "a.wav", noise))
    spans = regular(130.0, 3.0, 1.0)
    found = list(source.tokens(spans))
    assert len(found) == len(spans) and len(calls) == 3
    for number in (0, 58, 60, 127):
        clip = Clip("", None, tmp_path / "a.wav", None, *spans[number], ())
        own = source.encode(source.processor(clip)["values"][None])[0]
        assert torch.allclose(found[number].values, own, atol=1e-4)


def test_where_the_sound_has_ended_it_is_not_asked_for_again_and_again(tmp_path: Path, calls: list[float]) -> None:
    source = sounds(write_sounds(tmp_path / "a.wav", np.full(10 * RATE, 0.5)))
    found = list(source.tokens(regular(200.0, 3.0, 1.0)))
    assert len(calls) <= 5
    assert found[8].mask.all() and not found[20].mask.any() and not found[-1].mask.any()


def test_a_silent_track_beside_one_that_sounds_is_told(tmp_path: Path) -> None:
    tone = np.sin(np.arange(5 * RATE) / 5)
    silent = sounds(write_sounds(tmp_path / "a.mkv", 0 * tone, tone))
    list(silent.tokens(regular(5.0, 3.0, 1.0)))
    assert "is silent, its track 1 is not" in str(silent.note())
    heard = sounds(write_sounds(tmp_path / "b.mkv", tone, 0 * tone))
    list(heard.tokens(regular(5.0, 3.0, 1.0)))
    assert heard.note() is None
    rest = Sounds(silent.processor, silent.encode, silent.path, heard=True)  # the first part was heard before a kill
    list(rest.tokens(regular(5.0, 3.0, 1.0)))
    assert rest.note() is None
