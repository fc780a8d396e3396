"""Recordings in which each second has a grey and a pitch of its own, so that what is read says when it was."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition

from mmf_mixer.media.decode import frames_at, mono_audio

RATE = 16000  # Hz, of what is heard
KINDS = {  # codecs of picture and sound
    **{".mp4": ("libx264", "aac"), ".mkv": ("libx264", "libopus"), ".webm": ("libvpx", "libopus")},
    **{".ts": ("libx264", "aac"), ".m2ts": ("mpeg2video", "ac3"), ".mpg": ("mpeg2video", "mp2")},
    **{".vob": ("mpeg2video", "ac3"), ".flv": ("libx264", "aac"), ".avi": ("libx264", "libmp3lame")},
}
Keep = Callable[[str, float], bool]


def grey(second: int) -> int:
    """The grey of a second; twelve differ."""
    return 20 + 20 * (second % 12)


def pitch(second: int) -> int:
    """The pitch of a second in Hz; twelve differ."""
    return 400 + 100 * (second % 12)


def record(
    path: Path,
    first: int = 0,
    seconds: int = 6,
    sound_seconds: int | None = None,
    codecs: tuple[str, str] | None = None,
    picture_from: float = 0.0,
    sound_from: float = 0.0,
    fps: int = 10,
    keys: int = 10,
    keep: Keep = lambda kind, time: True,
    wave: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Path:
    """Write the seconds of a recording from `first` on, with B-frames where the codec has them.

    `picture_from` and `sound_from` are added to the time stamps; packets that `keep` refuses are lost on the way.
    """
    picture_codec, sound_codec = codecs or KINDS[path.suffix]
    sound_seconds = seconds if sound_seconds is None else sound_seconds
    packets: list[Any] = []
    with av.open(path, "w") as output:
        if picture_codec:
            video: Any = output.add_stream(picture_codec, rate=fps)
            video.width, video.height, video.pix_fmt, video.gop_size = 64, 48, "yuv420p", keys
            video.codec_context.max_b_frames = 0 if picture_codec == "flv" else 2  # it has none
        if sound_codec:
            audio: Any = output.add_stream(sound_codec, rate=48000, layout="mono")
        if picture_codec:
            packets += _pictures(video, first, seconds, fps, picture_from)
        if sound_codec:
            packets += _sound(audio, first, sound_seconds, sound_from, wave)
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            if keep(packet.stream.type, float(packet.pts * packet.time_base)):
                output.mux(packet)
    return path


def _pictures(stream: Any, first: int, seconds: int, fps: int, begin: float) -> list[Any]:
    packets = []
    for number in range(seconds * fps):
        pixels = np.full((48, 64, 3), grey(first + number // fps), np.uint8)
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.time_base = number + round(begin * fps), Fraction(1, fps)
        packets += stream.encode(frame)
    return packets + stream.encode()


def _sound(stream: Any, first: int, seconds: int, begin: float, wave: Any) -> list[Any]:
    times = np.arange(seconds * 48000) / 48000
    tones = 0.4 * np.sin(2 * np.pi * np.cumsum(np.vectorize(pitch)(first + times.astype(int))) / 48000)
    samples = (tones if wave is None else wave(times)).astype(np.float32)[None]
    sound = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono")
    sound.sample_rate, sound.time_base, sound.pts = 48000, Fraction(1, 48000), round(begin * 48000)
    resampler = av.AudioResampler(stream.format, "mono", 48000, stream.frame_size or 1024)
    pieces = [piece for part in (sound, None) for piece in resampler.resample(part) if piece is not None]
    return [packet for piece in [*pieces, None] for packet in stream.encode(piece)]


def joined(path: Path, *parts: Path) -> Path:
    """The parts byte by byte."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def muxed(path: Path, *tracks: tuple[Path, str, Disposition, str]) -> Path:
    """The first track of a kind from each file, with its disposition and language."""
    inputs = [av.open(source) for source, *_ in tracks]
    packets: list[Any] = []
    with av.open(path, "w") as output:
        for container, (_, kind, disposition, language) in zip(inputs, tracks, strict=True):
            stream = output.add_stream_from_template(source := getattr(container.streams, kind)[0])
            stream.disposition = disposition
            stream.metadata["language"] = language
            for packet in container.demux(source):
                if packet.dts is not None:
                    packet.stream = stream
                    packets.append(packet)
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            output.mux(packet)
    for container in inputs:
        container.close()
    return path


def greys(path: Path, count: int, start: float | None = None, end: float | None = None, **options: Any) -> list[int]:
    """The grey of each frame, to the nearest ten."""
    frames = frames_at(path, count, start, end, **options)
    return [int(10 * round(float(frame.mean()) / 10)) for frame in frames]


def pitches(path: Path, start: float | None = None, end: float | None = None, **options: Any) -> list[int]:
    """The pitch of each second of the window, to the nearest 50 Hz; 0 is silence."""
    samples = mono_audio(path, RATE, start, end, **options)
    assert samples is not None
    middles = [samples[at + RATE // 5 : at + RATE - RATE // 5] for at in range(0, len(samples) - RATE // 2, RATE)]
    return [_pitch(middle) for middle in middles]


def _pitch(samples: np.ndarray) -> int:
    if np.abs(samples).max() < 1e-2:
        return 0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 2**16))
    return int(50 * round(spectrum.argmax() * RATE / 2**16 / 50))
