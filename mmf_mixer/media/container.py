"""A media file opened and decoded by PyAV within the limits of `mmf_mixer.limits`, whatever is in it.

Decoding is single-threaded: the data loader's workers are the parallelism. Damaged packets are passed over, as
players do.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import av
from av import AudioFrame, AudioStream, Packet, VideoFrame, VideoStream
from av.container import InputContainer
from av.stream import Stream

from mmf_mixer import limits
from mmf_mixer.errors import InputError
from mmf_mixer.media.tracks import beginning

AVI = "avi"  # FFmpeg's name
GUESSED_RATE = 25  # frames per second, for the rare stream that states neither time stamps nor a rate
DECODER = {"max_pixels": str(limits.FRAME_PIXELS), "max_samples": str(limits.FRAME_SAMPLES)}
# It may open no second file: a playlist in disguise could name any on this machine or on the network.
DEMUXER = {"protocol_whitelist": "none"}
TOO_LARGE = "a size or a rate in it is too large, or makes no sense"
BACK = 10.0  # seconds: time stamps that go back so far, or to the first, begin anew; less far, pictures come again
AGAIN = 0.5  # seconds about the first time stamp


class Timed(NamedTuple):
    """A decoded frame and its time in seconds from the beginning of the file."""

    time: float
    frame: Any  # VideoFrame or AudioFrame, as the stream is


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """FFmpeg's errors inside the `with`, also those of decoding, become InputError."""
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        reason = TOO_LARGE if error.errno == errno.EINVAL else error.strerror or error
        raise InputError(f"{path}: cannot be decoded ({reason}); replace it or encode it again.") from None


@contextmanager
def demuxed(file: BinaryIO) -> Iterator[InputContainer]:
    """The file as a container. Raises FFmpegError."""
    file.seek(0)
    with av.open(file, "r", metadata_errors="replace", options=DECODER, container_options=DEMUXER) as container:
        for stream in (*container.streams.video, *container.streams.audio):
            if stream.codec_context:  # None where FFmpeg has no decoder; decoding will say so
                stream.codec_context.thread_count = 1
                stream.codec_context.options = DECODER
        yield container


def packets_of(container: InputContainer, *streams: Stream) -> "Iterator[Packet[Any]]":
    """The packets from where the container stands, and an empty one for each stream at the end."""
    with suppress(IndexError):  # PyAV's, at the end of a file in which further streams have turned up
        yield from container.demux(*streams)


def decoded(
    container: InputContainer, stream: VideoStream | AudioStream, packets: "Iterator[Packet[Any]] | None" = None
) -> Iterator[Timed]:
    """All frames from where the container stands, or of `packets`. Raises FFmpegError if it failed without yielding
    any."""
    packets = packets_of(container, stream) if packets is None else packets
    clock = Clock(container, stream)
    failure = None
    any_yet = False
    while True:
        try:
            packet: Any = next(packets)
            clock.fed(packet)
            frames = packet.decode()
        except StopIteration:
            break
        except av.FFmpegError as error:
            failure, frames = error, []
        for frame in frames:
            any_yet = True
            yield Timed(clock.time(frame), frame)
    if failure and not any_yet:
        raise failure


def bounded(name: str, frames: Iterator[Timed]) -> Iterator[Timed]:
    """The frames of the file `name`. Raises InputError if there are more than `limits.DECODED`."""
    work = 0
    for timed in frames:
        frame = timed.frame
        work += frame.samples if isinstance(frame, AudioFrame) else frame.width * frame.height
        if work > limits.DECODED:
            raise InputError(
                f"{name}: too much of it must be decoded to reach its window; encode it again, with more key frames."
            )
        yield timed


class Clock:
    """The seconds from the beginning of the file at which the frames of a stream begin, asked in their order."""

    def __init__(self, container: InputContainer, stream: VideoStream | AudioStream) -> None:
        self.stream = stream
        self.shift = -beginning(container, stream)
        # AVI holds no display times; what FFmpeg gives instead jumps back and forth where frames refer to later ones.
        self.by_decoding_time = container.format.name == AVI and stream.type == "video"
        self.key: float | None = None  # when the first packet was due
        self.delay: float | None = None  # how much later than it the first frame came, for later ones were waited for
        self.first: float | None = None
        self.next: float | None = None

    def fed(self, packet: "Packet[Any]") -> None:
        """A packet goes into the decoder."""
        if self.key is None and packet.dts is not None and packet.time_base:
            self.key = float(packet.dts * packet.time_base)

    def time(self, frame: VideoFrame | AudioFrame) -> float:
        """When the next frame begins."""
        stamp = self._due(frame) if self.by_decoding_time else frame.time
        if stamp is None:  # bare streams have no time stamps: then count frames
            time = 0.0 if self.next is None else self.next
        else:
            time = stamp + self.shift
            if self.next is not None and self.first is not None and _anew(time, self.next, self.first):
                self.shift += self.next - time
                time = self.next
        self.first = time if self.first is None else self.first
        self.next = time + (1 / picture_rate(self.stream) if self.by_decoding_time else seconds(frame, self.stream))
        return time

    def _due(self, frame: VideoFrame | AudioFrame) -> float | None:
        if frame.dts is None or not frame.time_base:
            return None
        due = float(frame.dts * frame.time_base)
        if self.delay is None:
            self.delay = 0.0 if self.key is None else due - self.key
        return due - self.delay


def _anew(time: float, expected: float, first: float) -> bool:
    back = expected - time
    return back > BACK or (back > 2 * AGAIN and abs(time - first) < AGAIN)


def seconds(frame: VideoFrame | AudioFrame, stream: VideoStream | AudioStream | None = None) -> float:
    """How long a frame lasts."""
    if isinstance(frame, AudioFrame):
        return frame.samples / max(frame.sample_rate, 1)
    if frame.duration and frame.time_base:
        return float(frame.duration * frame.time_base)
    return 1 / picture_rate(stream)


def picture_rate(stream: Any) -> float:
    """Frames per second, on average. Of bare streams and AVI, FFmpeg takes it from inside the pictures: the average
    is a guess there, or counts fields."""
    if stream is None:
        return GUESSED_RATE
    inside = stream.start_time is None or stream.container.format.name == AVI
    return float((inside and stream.guessed_rate) or stream.average_rate or GUESSED_RATE)
