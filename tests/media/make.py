"""Tiny real media for the tests: numbered grey frames and a sine, encoded by PyAV."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

STEP = 20  # grey levels between one frame and the next


def write_media(
    path: Path,
    frames: int = 10,
    size: tuple[int, int] = (48, 64),
    fps: int = 10,
    times_ms: list[int] | None = None,
    rotation: int = 0,
    seconds: float = 0.0,
    rate: int = 16000,
    layout: str = "mono",
    tone: float = 440.0,
    volume: float = 0.5,
    delay: float = 0.0,
    codecs: tuple[str, str] = ("mpeg4", "aac"),
) -> Path:
    """Write `frames` pictures (see `picture`; H x W = `size`) and `seconds` of a sine of amplitude `volume`.

    `times_ms` gives each frame its own time stamp; `tone=0` is silence, NaN is what it says; `delay` is how many
    seconds the sound begins after the picture; `frames=0` or `seconds=0` leaves that track out.
    """
    with av.open(path, "w") as output:
        video = output.add_stream(codecs[0], rate=fps) if frames else None
        audio = output.add_stream(codecs[1], rate=rate, layout=layout) if seconds else None
        packets = []
        if video:
            video.height, video.width, video.pix_fmt = *size, "yuv420p"
            video.gop_size, video.bit_rate = 5, 2_000_000
            if rotation:
                video.set_display_rotation(rotation)
            packets += _pictures(video, frames, size, times_ms)
        if audio:
            packets += _sine(audio, seconds, rate, layout, tone, volume, delay)
        output.mux(sorted(packets, key=lambda packet: packet.dts * packet.time_base))
    return path


def picture(number: int, size: tuple[int, int]) -> np.ndarray:
    """H x W x 3: grey `level(number)`, its top left quarter white, so that a turned picture shows."""
    pixels = np.full((*size, 3), level(number), np.uint8)
    pixels[: size[0] // 2, : size[1] // 2] = 255
    return pixels


def level(number: int) -> int:
    """The grey of a frame; ten frames differ, then they repeat."""
    return number * STEP % 200


def levels(frames: np.ndarray) -> list[int]:
    """Of T x H x W x 3 frames, the bottom right corner's grey, to the nearest level."""
    return [int(STEP * round(float(corner) / STEP)) for corner in frames[:, -2, -2].mean(axis=1)]


def _pictures(stream: Any, frames: int, size: tuple[int, int], times_ms: list[int] | None) -> list[Any]:
    packets = []
    if times_ms:
        stream.codec_context.time_base = Fraction(1, 1000)
    for number in range(frames):
        frame = av.VideoFrame.from_ndarray(picture(number, size), format="rgb24")
        if times_ms:
            frame.pts, frame.time_base = times_ms[number], Fraction(1, 1000)
        packets += stream.encode(frame)
    return packets + stream.encode()


def _sine(stream: Any, seconds: float, rate: int, layout: str, tone: float, volume: float, delay: float) -> list[Any]:
    wave = volume * np.sin(2 * np.pi * tone * np.arange(round(seconds * rate)) / rate)
    interleaved = np.repeat(wave.astype(np.float32), stream.layout.nb_channels)[None]
    sound = av.AudioFrame.from_ndarray(interleaved, format="flt", layout=layout)
    sound.sample_rate, sound.time_base, sound.pts = rate, Fraction(1, rate), round(delay * rate)
    resampler = av.AudioResampler(stream.format, layout, rate, stream.frame_size or 1024)
    pieces = [piece for part in (sound, None) for piece in resampler.resample(part) if piece is not None]
    return [packet for piece in [*pieces, None] for packet in stream.encode(piece)]
