"""Where the picture of a file begins and ends: its own packets say it, for containers count sound too, or guess."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import av
from av import Packet, VideoStream
from av.container import InputContainer

from mmf_mixer.errors import InputError
from mmf_mixer.media.container import AVI, packets_of, picture_rate
from mmf_mixer.media.programmes import first_stamps, has_several
from mmf_mixer.media.recording import Recording, opened
from mmf_mixer.media.seek import packets_from
from mmf_mixer.media.tracks import TrackName, beginning, picture_track, stated_start

BACK = 2.0  # seconds before the end that is stated, where the last pictures are looked for first


class Extent(NamedTuple):
    """Seconds from the beginning of the file."""

    begin: float
    end: float


def begin_of(container: InputContainer, stream: VideoStream) -> float:
    """Seconds from the container's beginning to the first frame."""
    if has_several(container):
        return first_stamps(Path(container.name)).get(stream.index, 0.0) - beginning(container, stream)
    start = stated_start(stream)
    return 0.0 if start is None else start - beginning(container, stream)


def extent(recording: Recording, name: TrackName | None) -> Extent:
    """That of the picture track of that name. Nothing is decoded, and only the last packets are read, or all where
    they have no time stamps. Raises InputError if there is no such track."""
    begin = begin_of(container := recording.part(0), picture_track(recording.path, container, name))
    end = begin
    with opened(recording.path) as another:  # the recording itself stands at its beginning
        for number, part in enumerate(another.parts):
            container = another.part(number)
            with suppress(*[InputError] * (number > 0)):  # a later part may lack the track
                end = part.begin + _end(container, picture_track(recording.path, container, name))
    return Extent(begin, max(begin, end))


def _end(container: InputContainer, stream: VideoStream) -> float:
    """Seconds from the container's beginning to the end of its last frame."""
    if stream.start_time is None or not stream.time_base:
        return sum(
            float(packet.duration * packet.time_base) for packet in packets_of(container, stream) if packet.duration
        )
    stated = float((stream.duration or 0) * stream.time_base) or (container.duration or 0) / av.time_base
    start, last, back = beginning(container, stream), None, BACK
    while last is None and back < stated:
        with suppress(av.FFmpegError):
            last = _last(packets_from(container, stream, begin_of(container, stream) + stated - back), stream)
        back *= 4
    if last is None:
        container.seek(container.start_time or 0)
        last = _last(packets_of(container, stream), stream)
    return 0.0 if last is None else last - start


def _last(packets: "Iterable[Packet[Any]]", stream: VideoStream) -> float | None:
    """The time stamp at which the last of the packets ends, in seconds."""
    avi = stream.container.format.name == AVI  # it holds no display times, and durations in other units
    last = None
    for packet in packets:
        stamp = packet.dts if avi or packet.pts is None else packet.pts
        if stamp is not None:
            lasts = 1 / picture_rate(stream) if avi or not packet.duration else packet.duration * packet.time_base
            last = max(float(stamp * packet.time_base + lasts), -float("inf") if last is None else last)
    return last
