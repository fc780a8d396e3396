"""What a video file says of itself, without decoding it: its length, its frames, its timecode."""

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import NamedTuple

import av
from av import VideoStream
from av.container import InputContainer

from mmf_mixer.errors import InputError
from mmf_mixer.media.container import packets_of, picture_rate
from mmf_mixer.media.extent import begin_of, extent
from mmf_mixer.media.moments import Track
from mmf_mixer.media.picture import display_matrix, is_turned
from mmf_mixer.media.recording import Recording, opened
from mmf_mixer.media.tracks import beginning, picture_track, pictures, sound_track

USUAL = [Fraction(top, bottom) for top in (24000, 30000, 60000, 120000) for bottom in (1001, 1000)]
USUAL += [Fraction(25), Fraction(50), Fraction(15), Fraction(100)]  # frames per second
ROUNDED = 0.02  # of a rate, by which what a container states is off
OFF = 0.45  # of a frame, by which a time stamp may be off: frames are still told apart


class Facts(NamedTuple):
    """`duration` in seconds; of a file without pictures all but it and `sound` is None or False.

    `frame_rate` is frames per second, exactly; where it is `variable` their average, and the number of a frame does not
    follow from its time. `timecode` is that of the first frame, such as "01:00:00;00".
    """

    duration: float
    sound: bool
    frame_rate: Fraction | None = None
    variable: bool = False
    width: int | None = None
    height: int | None = None
    timecode: str | None = None
    track: Track | None = None


def facts(path: Path) -> Facts:
    """Those of a file. Its packets are read. Raises InputError if it is no media file, or holds neither picture nor
    sound."""
    with opened(path) as recording:
        container = recording.part(0)
        sound = sound_track(path, container) is not None
        length = _length(recording)
        container = recording.part(0)
        if not pictures(container):
            return Facts(length, sound)
        stream = picture_track(path, container)
        timecode = stream.metadata.get("timecode") or container.metadata.get("timecode")
        size, track = _size(recording), Track(begin_of(container, stream), picture_rate(stream))
        rate, variable = _rate(path)
        return Facts(length, sound, rate, variable, *size, timecode, track)


def duration(path: Path) -> float:
    """Seconds from the beginning of the file to the end of its picture or its sound, whichever is later. Only its last
    packets are read. Raises InputError as `facts` does."""
    with opened(path) as recording:
        return _length(recording)


def _length(recording: Recording) -> float:
    whole = recording.parts[-1].begin + (recording.part(len(recording.parts) - 1).duration or 0) / av.time_base
    container = recording.part(0)
    sound = sound_track(recording.path, container) is not None
    if not pictures(container):
        if not sound:
            raise InputError(f"{recording.path}: has neither picture nor sound; replace it.")
        return whole
    return max(extent(recording, None).end, whole if sound else 0.0)


def _size(recording: Recording) -> tuple[int, int]:
    """Width and height of the upright picture."""
    frame = next(recording.frames(partial(picture_track, recording.path))).frame
    size = frame.width, frame.height
    return (size[1], size[0]) if is_turned(display_matrix(frame)) else size


def _rate(path: Path) -> tuple[Fraction | None, bool]:
    """The rate that numbers the frames, and whether there is none, so that it is their average."""
    with opened(path) as recording:
        stamps: list[Fraction] = []
        for number in range(len(recording.parts)):
            container, begin = recording.part(number), Fraction(recording.parts[number].begin)
            stamps += (begin + stamp for stamp in _stamps(container, picture_track(path, container)))
        stream = picture_track(path, container)
        stated = [Fraction(rate) for rate in (stream.average_rate, stream.guessed_rate) if rate]
    stamps.sort()
    if len(stamps) < 2 or stamps[0] == stamps[-1]:
        return (stated[0] if stated else None), False
    average = (len(stamps) - 1) / (stamps[-1] - stamps[0])
    usual = sorted(USUAL, key=lambda rate: abs(rate - average))
    for rate in (*stated, *(one for one in usual if abs(one - average) <= ROUNDED * average)):
        if _numbers(stamps, rate):
            return rate, False
    return average.limit_denominator(1001), True


def _numbers(stamps: list[Fraction], rate: Fraction) -> bool:
    """Whether every frame is where its number says."""
    first = stamps[0]
    return all(abs((stamp - first) * rate - number) <= OFF for number, stamp in enumerate(stamps))


def _stamps(container: InputContainer, stream: VideoStream) -> Iterator[Fraction]:
    """The time stamps of a stream's packets, in seconds from the container's beginning."""
    first = Fraction(beginning(container, stream))
    for packet in packets_of(container, stream):
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is not None and packet.size:
            yield stamp * packet.time_base - first
