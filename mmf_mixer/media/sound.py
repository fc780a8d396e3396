"""Decoded sound of any rate and layout as mono samples, in bounded memory."""

from collections.abc import Iterator
from itertools import chain, groupby
from typing import Any, cast

import numpy as np
from av import AudioFrame, AudioResampler
from av.audio.fifo import AudioFifo
from numpy.typing import NDArray

from mmf_mixer import limits
from mmf_mixer.errors import InputError
from mmf_mixer.media.container import Timed, seconds

Samples = NDArray[np.float32]

BLOCK = 2**19  # samples of all channels that are resampled at once
LOUDEST = 2.0**31  # where full scale is 1: what a file gives that holds 32-bit integers as they are


def within_limits(name: str, start: float, end: float, frames: Iterator[Timed]) -> Iterator[AudioFrame]:
    """The frames up to `end`. Raises InputError, with the file's `name`, for what `limits` does not allow."""
    lowest, highest = limits.SOUND_RATES
    length = None
    for time, frame in frames:
        if time >= end:
            return
        channels = frame.layout.nb_channels
        if not lowest <= frame.sample_rate <= highest or not 1 <= channels <= limits.CHANNELS:
            raise InputError(
                f"{name}: its sound has {channels} channels at {frame.sample_rate} Hz, and can have up to "
                f"{limits.CHANNELS} at {lowest} to {highest}; encode it again."
            )
        length = max(time - start, 0.0) if length is None else length
        length += seconds(frame)
        if not length <= limits.SOUND_SECONDS:
            raise InputError(
                f"{name}: its sound is over {limits.SOUND_SECONDS / 60:.0f} minutes long; name the `start` and `end` "
                "of a shorter part."
            )
        yield frame


def resampled(frames: Iterator[AudioFrame], rate: int) -> Samples:
    """Mono samples at `rate` Hz. Channels are averaged afterwards, for FFmpeg mixes down only layouts it can name.

    Beyond eight channels PyAV crashes on separate planes ("fltp"), so those come interleaved ("flt").
    """
    chunks: list[Samples] = []
    for (_, layout, _), run in groupby(frames, key=lambda frame: (frame.format.name, frame.layout, frame.sample_rate)):
        resampler = AudioResampler(format="fltp" if layout.nb_channels <= 8 else "flt", rate=rate)
        for block in chain(_blocks(run, BLOCK // layout.nb_channels), [None]):
            chunks += [_mono(part) for part in resampler.resample(block) if part is not None]
    return np.concatenate(chunks)


def are_sound(samples: Samples) -> bool:
    """Whether they are numbers, of a size that spectra can be made of."""
    return bool(np.isfinite(samples).all() and (np.abs(samples) <= LOUDEST).all())


def _blocks(frames: Iterator[AudioFrame], length: int) -> Iterator[AudioFrame]:
    """The same sound in few long frames, for the resampler's cost is by the frame."""
    fifo = AudioFifo()
    for frame in frames:
        frame.pts = None  # a gap in the time stamps would be refused
        fifo.write(frame)
        if fifo.samples >= length:
            yield cast(AudioFrame, fifo.read())
    if fifo.samples:
        yield cast(AudioFrame, fifo.read())


def _mono(frame: AudioFrame) -> Samples:
    sound: Any = frame.to_ndarray()  # channels x samples, or 1 x (samples x channels) when interleaved
    return np.asarray(sound.reshape(frame.samples, -1).mean(1) if frame.format.is_packed else sound.mean(0))
