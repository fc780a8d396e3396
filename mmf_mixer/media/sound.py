"""Decoded sound of any rate and layout as mono samples, laid out by its time stamps, in bounded memory."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, groupby, islice
from operator import itemgetter
from statistics import median
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
# A lost packet leaves 20 ms or more, while time stamps are rounded (to 1 ms in Matroska), or waver where they were
# taken on arrival: what is less, or gone some frames later, is no hole.
TOLERANCE = 0.015  # seconds
AHEAD = 9  # frames


@dataclass(eq=False)
class Run:
    """Sound without a hole. It begins where its frames' time stamps say on average."""

    total: float = 0.0  # of what each frame's stamp says of the beginning
    frames: int = 0
    seconds: float = 0.0

    @property
    def begin(self) -> float:
        """Seconds from the beginning of the file."""
        return self.total / self.frames

    def add(self, timed: Timed) -> None:
        """The next frame. A stamp that is far off says nothing of the beginning."""
        begin = timed.time - self.seconds
        self.total += begin if not self.frames or abs(begin - self.begin) <= TOLERANCE else self.begin
        self.frames += 1
        self.seconds += seconds(timed.frame)

    def ends_before(self, ahead: deque[Timed]) -> bool:
        """Whether the frames to come do not follow it, by the first one's stamp and most of the others'."""
        steps, place = [], self.begin + self.seconds
        for timed in ahead:
            steps.append(timed.time - place)
            place += seconds(timed.frame)
        return abs(steps[0]) > TOLERANCE and abs(median(steps)) > TOLERANCE


def in_runs(frames: Iterator[Timed]) -> Iterator[tuple[Run, Timed]]:
    """Each frame with the run that it belongs to."""
    ahead = deque(islice(frames, AHEAD))
    run = Run()
    while ahead:
        if run.frames and run.ends_before(ahead):
            run = Run()
        run.add(timed := ahead.popleft())
        yield run, timed
        ahead.extend(islice(frames, 1))


def laid_out(frames: Iterator[Timed], rate: int, start: float, end: float) -> Samples:
    """Mono samples at `rate` Hz from `start` to `end` (seconds), or to the last frame's end if that is earlier: silence
    where there is no sound, and where two overlap the later one, so that nothing shifts what follows."""
    runs = []
    for run, members in groupby(in_runs(frames), key=itemgetter(0)):
        samples = resampled((timed.frame for _, timed in members), rate)
        runs.append((round((run.begin - start) * rate), samples))
    last = max((place + len(samples) for place, samples in runs), default=0)
    out = np.zeros(max(last if end == np.inf else min(last, round((end - start) * rate)), 0), np.float32)
    for place, samples in runs:
        first = max(place, 0)
        part = samples[first - place : max(len(out) - place, 0)]
        out[first : first + len(part)] = part
    return out


def within_limits(name: str, start: float, end: float, frames: Iterator[Timed]) -> Iterator[Timed]:
    """The frames up to `end`, and some beyond, which tell what is a hole. Raises InputError, with the file's `name`,
    for what `limits` does not allow."""
    lowest, highest = limits.SOUND_RATES
    beyond = 0
    length = 0.0
    for timed in frames:
        frame, channels = timed.frame, timed.frame.layout.nb_channels
        if not lowest <= frame.sample_rate <= highest or not 1 <= channels <= limits.CHANNELS:
            raise InputError(
                f"{name}: its sound has {channels} channels at {frame.sample_rate} Hz, and can have up to "
                f"{limits.CHANNELS} at {lowest} to {highest}; encode it again."
            )
        beyond = beyond + 1 if timed.time >= end else 0
        length += seconds(frame)
        if not max(length, min(timed.time, end) - start) <= limits.SOUND_SECONDS:
            raise InputError(
                f"{name}: its sound is over {limits.SOUND_SECONDS / 60:.0f} minutes long; name the `start` and `end` "
                "of a shorter part."
            )
        yield timed
        if beyond == AHEAD:
            return


def resampled(frames: Iterator[AudioFrame], rate: int) -> Samples:
    """Mono samples at `rate` Hz. Channels are averaged afterwards, for FFmpeg mixes down only layouts it can name.

    Beyond eight channels PyAV crashes on separate planes ("fltp"), so those come interleaved ("flt").
    """
    chunks: list[Samples] = []
    for (_, layout, _), run in groupby(frames, key=lambda frame: (frame.format.name, frame.layout, frame.sample_rate)):
        resampler = AudioResampler(format="fltp" if layout.nb_channels <= 8 else "flt", rate=rate)
        for block in chain(_blocks(run, BLOCK // layout.nb_channels), [None]):
            chunks += [_mono(part) for part in resampler.resample(block) if part is not None]
    return np.concatenate(chunks) if chunks else np.zeros(0, np.float32)


def are_sound(samples: Samples) -> bool:
    """Whether they are numbers, of a size that spectra can be made of."""
    return bool(np.isfinite(samples).all() and (np.abs(samples) <= LOUDEST).all())


def _blocks(frames: Iterator[AudioFrame], length: int) -> Iterator[AudioFrame]:
    """The same sound in few long frames, for the resampler's cost is by the frame."""
    fifo = AudioFifo()
    for frame in frames:
        # A gap in the time stamps would be refused, and other units, as parts of a joined file may have.
        frame.pts, frame.time_base = None, Fraction(1, frame.sample_rate)
        fifo.write(frame)
        if fifo.samples >= length:
            yield cast(AudioFrame, fifo.read())
    if fifo.samples:
        yield cast(AudioFrame, fifo.read())


def _mono(frame: AudioFrame) -> Samples:
    sound: Any = frame.to_ndarray()  # channels x samples, or 1 x (samples x channels) when interleaved
    return np.asarray(sound.reshape(frame.samples, -1).mean(1) if frame.format.is_packed else sound.mean(0))
