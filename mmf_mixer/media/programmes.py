"""Transport streams of several programmes: each has a clock of its own, but FFmpeg states one beginning for all."""

import os
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from pathlib import Path

import av
from av.container import InputContainer

from mmf_mixer import limits

MPEGTS = "mpegts"  # FFmpeg's name
PACKETS = 20_000  # that are looked through for the first of each track
KNOWN = 256  # files


def has_several(container: InputContainer) -> bool:
    """Whether it may have several programmes: it is a transport stream with several pictures."""
    return container.format.name == MPEGTS and len(container.streams.video) > 1


def first_stamps(path: Path) -> dict[int, float]:
    """The time stamp of the first packet of each picture and sound track, in seconds, by the track's index."""
    status = os.stat(path)
    return _first_stamps(path, status.st_size, status.st_mtime_ns)


@lru_cache(KNOWN)
def _first_stamps(path: Path, size: int, changed: int) -> dict[int, float]:
    found: dict[int, float] = {}
    with limits.opened(path) as file, av.open(file, "r", container_options={"protocol_whitelist": "none"}) as container:
        tracks = [*container.streams.video, *container.streams.audio]
        with suppress(IndexError):  # PyAV's, at the end of a file in which further streams have turned up
            for packet in islice(container.demux(*tracks), PACKETS):
                stamp = packet.dts if packet.pts is None else packet.pts
                if stamp is not None and packet.stream is not None:
                    found.setdefault(packet.stream.index, float(stamp * packet.time_base))
                if len(found) == len(tracks):
                    break
    return found
