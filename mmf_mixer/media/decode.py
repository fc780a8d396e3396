"""Frames and sound of a media file in a window of time, decoded by PyAV in bounded memory.

Time 0 is the beginning of the file, wherever its time stamps begin, so that picture and sound agree. Decoding is
single-threaded: the data loader's workers are the parallelism. Damaged packets are passed over, as players do.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain, groupby
from pathlib import Path
from typing import Any, NamedTuple, cast

import av
import numpy as np
from av import AudioFrame, AudioResampler, AudioStream, VideoFrame, VideoStream
from av.audio.fifo import AudioFifo
from av.container import InputContainer
from numpy.typing import NDArray

from mmf_mixer.errors import InputError
from mmf_mixer.media.moments import Rate, Track, consecutive, spread
from mmf_mixer.media.picture import Box, Look, Pixels

Samples = NDArray[np.float32]

SEEK_OVER = 4.0  # seconds: a longer gap is cheaper to skip than to decode
PRE_ROLL = 0.5  # seconds of sound that a decoder may need before its output is right
BLOCK = 2**18  # samples per channel that are resampled at once
ROUNDING = 1e-6  # seconds
GUESSED_RATE = 25  # frames per second, for the rare stream that states neither time stamps nor a rate


class Timed(NamedTuple):
    """A decoded frame and its time in seconds from the beginning of the file."""

    time: float
    frame: Any  # VideoFrame or AudioFrame, as the stream is


def frames_at(
    path: Path,
    count: int,
    start: float | None = None,
    end: float | None = None,
    size: tuple[int, int] | None = None,
    crop: Box | None = None,
    rate: Rate | None = None,
    grey: bool = False,
) -> Pixels:
    """`count` RGB frames, count x H x W x 3, or with `grey` count x H x W x 1: those on screen at `frame_times`.

    `start` and `end` are seconds; None = the video's own beginning or end. Before the first and after the last
    frame, the nearest one is taken. `crop` is (top, left, bottom, right) in fractions of the upright picture, cut
    before it is resized to `size` = (H, W); without `size` the first frame's size is kept.
    Raises InputError if there is no picture track or nothing of it can be decoded.
    """
    with _opened(path) as container:
        stream = _video(path, container)
        times = _times(path, container, stream, count, start, end, rate)
        look = Look(size, crop, grey)
        pictures: list[Pixels] = []
        previous = None
        for frame in _on_screen(container, stream, times):
            if frame is not previous:
                pictures.append(look.picture(frame))
                look.size, previous = pictures[-1].shape[:2], frame
            else:
                pictures.append(pictures[-1])
    return np.stack(pictures)


def frame_times(
    path: Path, count: int, start: float | None = None, end: float | None = None, rate: Rate | None = None
) -> list[float]:
    """The seconds at which `frames_at` looks: the middles of `count` equal parts of the window, or with a `rate`
    consecutive moments about its middle (see `moments.consecutive`). Raises InputError as `frames_at` does."""
    with _opened(path) as container:
        return _times(path, container, _video(path, container), count, start, end, rate)


def mono_audio(path: Path, rate: int, start: float | None = None, end: float | None = None) -> Samples | None:
    """The mean of all channels at `rate` Hz in the window; None if the file has no audio track.

    `start` and `end` are seconds; None = the file's own beginning or end. Sound that begins later than the window
    is preceded by silence; the result is shorter than the window, or empty, where the track ends early.
    Raises InputError if nothing of the track can be decoded.
    """
    start, end = start or 0.0, math.inf if end is None else end
    with _opened(path) as container:
        if not container.streams.audio:
            return None
        frames = _decoded_from(container, container.streams.audio[0], start - PRE_ROLL)
        wanted = (timed for timed in frames if timed.time + _seconds(timed.frame) > start - PRE_ROLL)
        first = next(wanted, None)
        if first is None or first.time >= end:
            return np.zeros(0, np.float32)
        samples = _resampled(_until(end, chain([first], wanted)), rate)
    lead = round((start - first.time) * rate)
    samples = samples[lead:] if lead > 0 else np.pad(samples, (-lead, 0))
    if not np.isfinite(samples).all():
        raise InputError(f"{path}: its sound holds values that are not numbers; encode the file again.")
    return samples if end == math.inf else samples[: round((end - start) * rate)]


def _video(path: Path, container: InputContainer) -> VideoStream:
    if not container.streams.video:
        raise InputError(f"{path}: has no picture track; replace it, or name it as `audio` only.")
    return container.streams.video[0]


def _times(
    path: Path,
    container: InputContainer,
    stream: VideoStream,
    count: int,
    start: float | None,
    end: float | None,
    rate: Rate | None,
) -> list[float]:
    start = start or 0.0
    end = _video_end(path, container, stream) if end is None else end
    if rate is None:
        return spread(count, start, end)
    first = float((stream.start_time or 0) * (stream.time_base or 0)) - _zero(container)
    return consecutive(count, start, end, rate, Track(first, float(stream.average_rate or GUESSED_RATE)))


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    """The file as a container. FFmpeg's errors, also those of decoding inside the `with`, become InputError."""
    try:
        # The whitelist: a playlist in disguise may not make FFmpeg open network addresses.
        with av.open(path, metadata_errors="replace", container_options={"protocol_whitelist": "file"}) as container:
            for stream in (*container.streams.video, *container.streams.audio):
                if stream.codec_context:  # None where FFmpeg has no decoder; decoding will say so
                    stream.codec_context.thread_count = 1
            yield container
    except av.FFmpegError as error:
        raise InputError(f"{path}: cannot be decoded ({error.strerror}); replace it or encode it again.") from None


def _decoded(container: InputContainer, stream: VideoStream | AudioStream) -> Iterator[Timed]:
    """All frames from where the container stands. Raises FFmpegError if it failed without yielding any."""
    zero = _zero(container)
    # AVI holds no display times; what FFmpeg gives instead jumps back and forth where frames refer to later ones.
    by_decoding_time = container.format.name == "avi"
    packets: Iterator[Any] = container.demux(stream)
    time: float | None = None
    failure = None
    while True:
        try:
            frames = next(packets).decode()
        except StopIteration:
            break
        except av.FFmpegError as error:
            failure, frames = error, []
        for frame in frames:
            stamp = frame.time
            if by_decoding_time and frame.dts is not None:
                stamp = float(frame.dts * frame.time_base)
            if stamp is None:  # bare streams have no time stamps: then count frames
                stamp = zero if time is None else time + _seconds(frame, stream)
            time = stamp
            yield Timed(time - zero, frame)
    if failure and time is None:
        raise failure


def _decoded_from(container: InputContainer, stream: VideoStream | AudioStream, time: float) -> Iterator[Timed]:
    """Frames from a key frame at or before `time`; from the beginning if that is near or the file cannot seek."""
    if time < SEEK_OVER or stream.time_base is None or stream.start_time is None:
        return _decoded(container, stream)
    with suppress(av.FFmpegError):
        container.seek(int((time + _zero(container)) / stream.time_base), stream=stream)
        frames = _decoded(container, stream)
        first = next(frames, None)
        if first is not None and first.time <= time:
            return chain([first], frames)
    container.seek(container.start_time or 0)
    return _decoded(container, stream)


def _on_screen(container: InputContainer, stream: VideoStream, times: list[float]) -> Iterator[VideoFrame]:
    """For each of the ascending `times`, the last frame that began by then, or else the first frame."""
    frames = _decoded_from(container, stream, times[0])
    shown = next(frames, None)
    if shown is None:
        raise av.InvalidDataError(0, "its picture track is empty")
    ahead = next(frames, None)
    for time in times:
        if ahead is not None and time - ahead.time > SEEK_OVER:
            frames = _decoded_from(container, stream, time)
            ahead = next(frames, None)
        while ahead is not None and ahead.time <= time + ROUNDING:
            shown, ahead = ahead, next(frames, None)
        yield shown.frame


def _until(end: float, frames: Iterator[Timed]) -> Iterator[AudioFrame]:
    for time, frame in frames:
        if time >= end:
            return
        yield frame


def _resampled(frames: Iterator[AudioFrame], rate: int) -> Samples:
    """Mono samples at `rate` Hz. Channels are averaged afterwards, for FFmpeg mixes down only layouts it can name.

    Beyond eight channels PyAV crashes on separate planes ("fltp"), so those come interleaved ("flt").
    """
    chunks: list[Samples] = []
    for (_, layout, _), run in groupby(frames, key=lambda frame: (frame.format.name, frame.layout, frame.sample_rate)):
        resampler = AudioResampler(format="fltp" if layout.nb_channels <= 8 else "flt", rate=rate)
        for block in chain(_blocks(run), [None]):
            chunks += [_mono(part) for part in resampler.resample(block) if part is not None]
    return np.concatenate(chunks)


def _blocks(frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
    """The same sound in few long frames, for the resampler's cost is by the frame."""
    fifo = AudioFifo()
    for frame in frames:
        frame.pts = None  # a gap in the time stamps would be refused
        fifo.write(frame)
        if fifo.samples >= BLOCK:
            yield cast(AudioFrame, fifo.read())
    if fifo.samples:
        yield cast(AudioFrame, fifo.read())


def _mono(frame: AudioFrame) -> Samples:
    sound: Any = frame.to_ndarray()  # channels x samples, or 1 x (samples x channels) when interleaved
    return np.asarray(sound.reshape(frame.samples, -1).mean(1) if frame.format.is_packed else sound.mean(0))


def _video_end(path: Path, container: InputContainer, stream: VideoStream) -> float:
    """Seconds at which the picture ends. Where the file does not say, all of it is decoded to find out."""
    if stream.duration and stream.time_base:
        return float((stream.duration + (stream.start_time or 0)) * stream.time_base) - _zero(container)
    if container.duration:
        return container.duration / av.time_base
    with _opened(path) as another:
        end = 0.0
        for time, frame in _decoded(another, another.streams.video[0]):
            end = time + _seconds(frame, stream)
        return end


def _zero(container: InputContainer) -> float:
    return (container.start_time or 0) / av.time_base


def _seconds(frame: VideoFrame | AudioFrame, stream: VideoStream | AudioStream | None = None) -> float:
    """How long a frame lasts."""
    if isinstance(frame, AudioFrame):
        return frame.samples / frame.sample_rate
    if frame.duration and frame.time_base:
        return float(frame.duration * frame.time_base)
    return float(1 / ((stream and stream.average_rate) or GUESSED_RATE))
