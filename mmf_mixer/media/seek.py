"""Frames from a moment on: decoded from a key frame at or before it, wherever in the file it lies."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import av
from av import AudioStream, Packet, VideoStream
from av.container import InputContainer

from mmf_mixer.media import container as media
from mmf_mixer.media.container import Timed, packets_of
from mmf_mixer.media.flv import tag_before
from mmf_mixer.media.tracks import beginning, pictures

SEEK_OVER = 4.0  # seconds: a longer gap is cheaper to skip than to decode
FLV, MATROSKA = "flv", "matroska"  # FFmpeg's names
MOST = 1000  # packets of sound that need the ones before them; hardly any do
LAST_STAMP = 2**62  # FFmpeg's time stamps have 64 bits


def decoded_from(container: InputContainer, stream: VideoStream | AudioStream, time: float) -> Iterator[Timed]:
    """Frames from a key frame at or before `time` (seconds); from the beginning if that is near or the file cannot
    seek. Steps back, twice as far each time, where the file says only roughly where a time is."""
    # Sought, a bare stream of pictures counts anew; uncompressed sound states no start either, but knows its time.
    bare = stream.start_time is None and stream.type == "video"
    if time < SEEK_OVER or not stream.time_base or bare:
        return media.decoded(container, stream)
    back = 0.0
    while back <= time:
        with suppress(av.FFmpegError):
            packets = packets_from(container, stream, time - back)
            frames = _from_key(container, stream, packets, time)
            if (first := next(frames, None)) is not None and first.frame.pts is not None and first.time <= time:
                return chain([first], frames)
        back = max(1.0, 2 * back)
    container.seek(container.start_time or 0)
    return media.decoded(container, stream)


def packets_from(container: InputContainer, stream: VideoStream | AudioStream, time: float) -> "Iterator[Packet[Any]]":
    """The packets from about `time` (seconds) on. Raises FFmpegError if the file cannot seek."""
    assert stream.time_base
    stamp = time + beginning(container, stream)
    place = tag_before(Path(container.name), stamp, stream.type == "video") if container.format.name == FLV else None
    if place is not None:
        container.seek(place, unsupported_byte_offset=True)
    elif MATROSKA in container.format.name and stream.type == "audio" and pictures(container):
        # Its index is of pictures; for sound FFmpeg would read on from where it has been.
        container.seek(int(min(stamp * av.time_base, LAST_STAMP)))
    else:
        container.seek(int(min(stamp / stream.time_base, LAST_STAMP)), stream=stream)
    return packets_of(container, stream)


def _from_key(
    container: InputContainer, stream: VideoStream | AudioStream, packets: "Iterator[Packet[Any]]", time: float
) -> Iterator[Timed]:
    """Frames from the first key picture on, or the last packet of sound by then; none if that is due after `time`."""
    limit = time + beginning(container, stream)
    held: list[Packet[Any]] = []
    for packet in packets:
        due = packet.dts if packet.pts is None else packet.pts
        if due is not None and float(due * packet.time_base) > limit:
            return media.decoded(container, stream, chain(held, [packet], packets)) if held else iter(())
        if packet.is_keyframe and due is not None:
            held = [packet]
        elif held:
            held.append(packet)
        if held and (stream.type == "video" or len(held) > MOST):
            break
    return media.decoded(container, stream, chain(held, packets)) if held else iter(())
