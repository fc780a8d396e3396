"""Frames and sound of a media file in a window of time, decoded by PyAV in bounded memory and time.

Only the window is decoded, from the key frame before it. All times are seconds from the beginning of the file.
"""

import math
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av import VideoFrame, VideoStream
from av.container import InputContainer

from mmf_mixer.errors import InputError
from mmf_mixer.limits import FRAME_PIXELS
from mmf_mixer.media.container import GUESSED_RATE, SEEK_OVER, decoded, decoded_from, opened, seconds, zero
from mmf_mixer.media.moments import Rate, Track, consecutive, spread
from mmf_mixer.media.picture import Box, Look, Pixels
from mmf_mixer.media.sound import Samples, are_sound, resampled, within_limits

PRE_ROLL = 0.5  # seconds of sound that a decoder may need before its output is right
ROUNDING = 1e-6  # seconds


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
    with opened(path) as container:
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
    with opened(path) as container:
        return _times(path, container, _video(path, container), count, start, end, rate)


def mono_audio(path: Path, rate: int, start: float | None = None, end: float | None = None) -> Samples | None:
    """The mean of all channels at `rate` Hz in the window; None if the file has no audio track.

    `start` and `end` are seconds; None = the file's own beginning or end. Sound that begins later than the window
    is preceded by silence; the result is shorter than the window, or empty, where the track ends early.
    Raises InputError if nothing of the track can be decoded.
    """
    start, end = start or 0.0, math.inf if end is None else end
    with opened(path) as container:
        if not container.streams.audio:
            return None
        frames = decoded_from(container, container.streams.audio[0], start - PRE_ROLL)
        wanted = (timed for timed in frames if timed.time + seconds(timed.frame) > start - PRE_ROLL)
        first = next(wanted, None)
        if first is None or first.time >= end:
            return np.zeros(0, np.float32)
        samples = resampled(within_limits(str(path), start, end, chain([first], wanted)), rate)
    lead = round((start - first.time) * rate)
    samples = samples[lead:] if lead > 0 else np.pad(samples, (-lead, 0))
    if not are_sound(samples):
        raise InputError(f"{path}: its sound holds values that are not numbers, or far too loud; encode it again.")
    return samples if end == math.inf else samples[: round((end - start) * rate)]


def _video(path: Path, container: InputContainer) -> VideoStream:
    if not container.streams.video:
        raise InputError(f"{path}: has no picture track; replace it, or name it as `audio` only.")
    stream = container.streams.video[0]
    if stream.codec_context and stream.width * stream.height > FRAME_PIXELS:
        raise InputError(
            f"{path}: its pictures have {stream.width} x {stream.height} pixels, and can have {FRAME_PIXELS:,}; scale "
            "them down."
        )
    return stream


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
    first = float((stream.start_time or 0) * (stream.time_base or 0)) - zero(container)
    return consecutive(count, start, end, rate, Track(first, float(stream.average_rate or GUESSED_RATE)))


def _on_screen(container: InputContainer, stream: VideoStream, times: list[float]) -> Iterator[VideoFrame]:
    """For each of the ascending `times`, the last frame that began by then, or else the first frame."""
    frames = decoded_from(container, stream, times[0])
    shown = next(frames, None)
    if shown is None:
        raise av.InvalidDataError(0, "its picture track is empty")
    ahead = next(frames, None)
    for time in times:
        if ahead is not None and time - ahead.time > SEEK_OVER:
            frames = decoded_from(container, stream, time)
            ahead = next(frames, None)
        while ahead is not None and ahead.time <= time + ROUNDING:
            shown, ahead = ahead, next(frames, None)
        yield shown.frame


def _video_end(path: Path, container: InputContainer, stream: VideoStream) -> float:
    """Seconds at which the picture ends. Where the file does not say, all of it is decoded to find out."""
    if stream.duration and stream.time_base:
        return float((stream.duration + (stream.start_time or 0)) * stream.time_base) - zero(container)
    if container.duration:
        return container.duration / av.time_base
    with opened(path) as another:
        end = 0.0
        for time, frame in decoded(another, another.streams.video[0]):
            end = time + seconds(frame, stream)
        return end
