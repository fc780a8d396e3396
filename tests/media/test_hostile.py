"""Media that are damaged, odd or made to harm: refused in a sentence, or read within the limits."""

import wave
from pathlib import Path
from struct import pack
from zlib import compress, crc32

import av
import numpy as np
import pytest

from mmf_mixer import limits
from mmf_mixer.errors import InputError
from mmf_mixer.media import container
from mmf_mixer.media.captions import Cue, cues
from mmf_mixer.media.decode import frame_times, frames_at, mono_audio
from tests.media.make import level, levels, write_media


def write_wave(path: Path, seconds: float, rate: int, channels: int = 1) -> Path:
    """Eight-bit silence, but for a second 3000 in full loudness."""
    sound = np.full(int(seconds * rate), 128, np.uint8)
    sound[3000 * rate : 3001 * rate] = 255
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 1, rate, 0, "NONE", ""))
        file.writeframes(np.repeat(sound, channels).tobytes())
    return path


def test_of_an_hour_only_the_window_is_decoded(tmp_path: Path, decoded: list[float]) -> None:
    video = write_media(tmp_path / "hour.mkv", frames=3600, size=(16, 16), fps=1)
    sound = write_wave(tmp_path / "hour.wav", 3600, 1000)

    assert levels(frames_at(video, 3, 3000.0, 3003.0)) == [level(3000), level(3001), level(3002)]
    assert frames_at(video, 4).shape == (4, 16, 16, 3)
    assert len(decoded) < 60
    samples = mono_audio(sound, 8000, 3000.0, 3001.0)
    assert samples is not None and samples.shape == (8000,) and samples[200:-200].min() > 0.9
    assert len(decoded) < 80


def test_of_an_hour_of_sound_a_part_must_be_named(tmp_path: Path) -> None:
    path = write_wave(tmp_path / "hour.wav", 3600, 1000)

    for start, end in ((None, None), (1000.0, 3000.0)):
        with pytest.raises(InputError, match=r"hour\.wav: its sound is over 11 minutes long; name the `start` and"):
            mono_audio(path, 8000, start, end)
    assert len(mono_audio(path, 8000, 3000.0, 3600.0)) == 600 * 8000


def test_silence_before_late_sound_counts(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mkv", seconds=0.2, delay=5000.0, codecs=("mpeg4", "pcm_s16le"))

    with pytest.raises(InputError, match="its sound is over 11 minutes long"):
        mono_audio(path, 8000)


@pytest.mark.parametrize(("rate", "channels"), [(100, 1), (2_000_000, 1), (8000, 65)])
def test_absurd_sound_is_refused(tmp_path: Path, rate: int, channels: int) -> None:
    path = write_wave(tmp_path / "a.wav", 0.5, rate, channels)

    with pytest.raises(InputError, match=r"a\.wav: (its sound has \d+ channels at|cannot be decoded)"):
        mono_audio(path, 16000)


@pytest.mark.parametrize("loud", [float("inf"), 1e12])
def test_sound_without_bounds_is_refused(tmp_path: Path, loud: float) -> None:
    path = write_media(tmp_path / "a.wav", frames=0, seconds=0.1, volume=loud, codecs=("", "pcm_f32le"))

    with pytest.raises(InputError, match=r"a\.wav: its sound holds values that are not numbers, or far too loud"):
        mono_audio(path, 16000)


def png(side: int) -> bytes:
    """A picture whose header says that it is so large, and which compresses to almost nothing."""
    parts = {b"IHDR": pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0), b"IDAT": compress(bytes(33 * 32)), b"IEND": b""}
    chunks = (pack(">I", len(body)) + name + body + pack(">I", crc32(name + body)) for name, body in parts.items())
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_large_pictures_are_refused_before_they_are_decoded(tmp_path: Path, decoded: list[float]) -> None:
    gif = (
        b"GIF89a"
        + pack("<HHBBB", 16384, 16384, 0, 0, 0)
        + b",\0\0\0\0"
        + pack("<HHB", 16384, 16384, 0)
        + b"\2\1\x04\0;"
    )
    for content in (png(16384), gif):
        (path := tmp_path / "a.mp4").write_bytes(content)
        with pytest.raises(InputError, match=r"a\.mp4: (its pictures have 16384 x 16384 pixels|cannot be decoded)"):
            frames_at(path, 1)
    assert decoded == []
    path.write_bytes(png(32))
    assert frames_at(path, 1).shape == (1, 32, 32, 3)


def test_pictures_beyond_the_limit_are_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_media(tmp_path / "a.mp4", frames=1)
    monkeypatch.setitem(container.DECODER, "max_pixels", "3000")

    with pytest.raises(InputError, match=r"a\.mp4: cannot be decoded \(a size or a rate in it is too large"):
        frames_at(path, 1)


def test_a_long_way_to_the_window_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_media(tmp_path / "a.mp4")
    monkeypatch.setattr(limits, "DECODED", 6 * 48 * 64)

    assert levels(frames_at(path, 1, 0.4, 0.5)) == [level(4)]
    with pytest.raises(InputError, match=r"a\.mp4: too much of it must be decoded to reach its window"):
        frames_at(path, 1, 0.8, 0.9)


@pytest.mark.parametrize("start", [1e7, 1e15, 1e300])
def test_windows_far_beyond_the_end(tmp_path: Path, start: float) -> None:
    path = write_media(tmp_path / "a.mp4", seconds=1.0)

    assert levels(frames_at(path, 2, start, 2 * start)) == [180, 180]
    assert len(frame_times(path, 2, start, 2 * start, "native")) == 2
    assert len(mono_audio(path, 8000, start, 2 * start)) == 0


@pytest.mark.parametrize("name", ["a.wav", "a.avi", "a.txt", "a.srt", "a"])
def test_the_name_may_lie_about_the_format(tmp_path: Path, name: str) -> None:
    whole = write_media(tmp_path / "whole.mp4", seconds=1.0)
    whole.rename(tmp_path / name)

    assert levels(frames_at(tmp_path / name, 2)) == [40, 140]
    assert len(mono_audio(tmp_path / name, 8000)) == pytest.approx(8000, abs=600)


@pytest.mark.parametrize(
    "text", ["ffconcat version 1.0\nfile real.mp4\n", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nreal.mp4\n"]
)
def test_a_playlist_opens_no_other_file(tmp_path: Path, text: str) -> None:
    write_media(tmp_path / "real.mp4")
    (tmp_path / "list.mp4").write_text(text)

    with pytest.raises(InputError, match=r"list\.mp4: cannot be decoded"):
        frames_at(tmp_path / "list.mp4", 2)


def test_a_still_picture_is_a_video_of_one_frame(tmp_path: Path) -> None:
    with av.open(tmp_path / "a.png", "w", format="image2") as output:
        stream = output.add_stream("png")
        stream.width, stream.height, stream.pix_fmt = 32, 24, "rgb24"
        frame = av.VideoFrame.from_ndarray(np.full((24, 32, 3), 100, np.uint8), format="rgb24")
        output.mux([*stream.encode(frame), *stream.encode()])

    assert frames_at(tmp_path / "a.png", 2).shape == (2, 24, 32, 3)


@pytest.mark.parametrize("hostile", ["{", "<a", "&#9", "\n", "[a", "{\\fna", "1:1 {\n"])
@pytest.mark.parametrize("suffix", ["srt", "vtt", "ass"])
def test_captions_cost_no_more_than_their_length(tmp_path: Path, suffix: str, hostile: str) -> None:
    begin = {
        "srt": "00:00:01,000 --> 00:00:02,000\n",
        "vtt": "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n",
        "ass": "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,",
    }[suffix]
    (path := tmp_path / f"a.{suffix}").write_text(f"{begin}{hostile * (60_000 // len(hostile))}x\n{begin}end\n")

    assert Cue(1.0, 2.0, "end") in cues(path)


def test_captions_are_refused_before_they_are_read(tmp_path: Path) -> None:
    with (path := tmp_path / "a.srt").open("wb") as file:
        file.truncate(100 * 2**20)

    with pytest.raises(InputError, match=r"a\.srt: has 104,857,600 bytes, but such a file may have 16,777,216"):
        cues(path)


def test_signs_survive_their_protection(tmp_path: Path) -> None:
    stamp = "00:00:01,000 --> 00:00:02,000\n"
    (path := tmp_path / "a.srt").write_text(f"{stamp}a < b :{{ &#{'9' * 5000}; <i>x</i> <3\n\n\n\nagain at 5:30")

    assert [cue.text for cue in cues(path)] == ["a < b :{ \ufffd x <3 again at 5:30"]
