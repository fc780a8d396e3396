"""A media file opened and decoded by PyAV within the limits of `mmf_mixer.limits`, whatever is in it.

Time 0 is the beginning of the file, wherever its time stamps begin, so that picture and sound agree. Decoding is
single-threaded: the data loader's workers are the parallelism. Damaged packets are passed over, as players do.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import av
from av import AudioFrame, AudioStream, VideoFrame, VideoStream
from av.container import InputContainer

from mmf_mixer import limits
from mmf_mixer.errors import InputError
from mmf_mixer.media.boxes import check_boxes

SEEK_OVER = 4.0  # seconds: a longer gap is cheaper to skip than to decode
GUESSED_RATE = 25  # frames per second, for the rare stream that states neither time stamps nor a rate
LAST_STAMP = 2**62  # FFmpeg's time stamps have 64 bits
DECODER = {"max_pixels": str(limits.FRAME_PIXELS), "max_samples": str(limits.FRAME_SAMPLES)}
# It may open no second file: a playlist in disguise could name any on this machine or on the network.
DEMUXER = {"protocol_whitelist": "none"}
TOO_LARGE = "a size or a rate in it is too large, or makes no sense"


class Timed(NamedTuple):
    """A decoded frame and its time in seconds from the beginning of the file."""

    time: float
    frame: Any  # VideoFrame or AudioFrame, as the stream is


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The file as a container. FFmpeg's errors, also those of decoding inside the `with`, become InputError."""
    try:
        with limits.opened(path) as file:
            check_boxes(path, file)
            if file.seek(0) == file.seek(0, 2):
                raise av.InvalidDataError(errno.ENODATA, "it is empty")
            file.seek(0)
            with av.open(file, "r", metadata_errors="replace", options=DECODER, container_options=DEMUXER) as container:
                for stream in (*container.streams.video, *container.streams.audio):
                    if stream.codec_context:  # None where FFmpeg has no decoder; decoding will say so
                        stream.codec_context.thread_count = 1
                        stream.codec_context.options = DECODER
                yield container
    except (av.FFmpegError, OSError) as error:
        reason = TOO_LARGE if error.errno == errno.EINVAL else error.strerror or error
        raise InputError(f"{path}: cannot be decoded ({reason}); replace it or encode it again.") from None


def decoded(container: InputContainer, stream: VideoStream | AudioStream) -> Iterator[Timed]:
    """All frames from where the container stands. Raises FFmpegError if it failed without yielding any, InputError if
    there are more than `limits.DECODED`."""
    start = zero(container)
    # AVI holds no display times; what FFmpeg gives instead jumps back and forth where frames refer to later ones.
    by_decoding_time = container.format.name == "avi"
    packets: Iterator[Any] = container.demux(stream)
    time: float | None = None
    failure = None
    work = 0
    while True:
        try:
            frames = next(packets).decode()
        except StopIteration:
            break
        except av.FFmpegError as error:
            failure, frames = error, []
        for frame in frames:
            work += frame.samples if isinstance(frame, AudioFrame) else frame.width * frame.height
            if work > limits.DECODED:
                raise InputError(
                    f"{container.name}: too much of it must be decoded to reach its window; encode it again, with "
                    "more key frames."
                )
            stamp = frame.time
            if by_decoding_time and frame.dts is not None:
                stamp = float(frame.dts * frame.time_base)
            if stamp is None:  # bare streams have no time stamps: then count frames
                stamp = start if time is None else time + seconds(frame, stream)
            time = stamp
            yield Timed(time - start, frame)
    if failure and time is None:
        raise failure


def decoded_from(container: InputContainer, stream: VideoStream | AudioStream, time: float) -> Iterator[Timed]:
    """Frames from a key frame at or before `time`; from the beginning if that is near or the file cannot seek."""
    # Sought, a bare stream of pictures counts anew; uncompressed sound states no start either, but knows its time.
    bare = stream.start_time is None and stream.type == "video"
    if time < SEEK_OVER or not stream.time_base or bare:
        return decoded(container, stream)
    with suppress(av.FFmpegError):
        container.seek(int(min((time + zero(container)) / stream.time_base, LAST_STAMP)), stream=stream)
        frames = decoded(container, stream)
        first = next(frames, None)
        if first is not None and first.frame.pts is not None and first.time <= time:
            return chain([first], frames)
    container.seek(container.start_time or 0)
    return decoded(container, stream)


def zero(container: InputContainer) -> float:
    """The time stamp of the file's beginning, in seconds."""
    return (container.start_time or 0) / av.time_base


def seconds(frame: VideoFrame | AudioFrame, stream: VideoStream | AudioStream | None = None) -> float:
    """How long a frame lasts."""
    if isinstance(frame, AudioFrame):
        return frame.samples / max(frame.sample_rate, 1)
    if frame.duration and frame.time_base:
        return float(frame.duration * frame.time_base)
    return float(1 / ((stream and stream.average_rate) or GUESSED_RATE))
