"""A media file on one clock, also where its time stamps begin late, or anew.

Time 0 is the beginning of the file, wherever its time stamps begin, so that picture, sound and captions agree. A file
whose clock begins anew is read as parts, each a container of its own, that follow one another.
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import av
from av import AudioStream, VideoStream
from av.container import InputContainer

from mmf_mixer import limits
from mmf_mixer.errors import InputError
from mmf_mixer.media.boxes import check_boxes
from mmf_mixer.media.chains import chains
from mmf_mixer.media.container import Timed, demuxed, packets_of, readable
from mmf_mixer.media.joints import joints
from mmf_mixer.media.seek import decoded_from
from mmf_mixer.media.tracks import beginning, pictures

Pick = Callable[[InputContainer], VideoStream | AudioStream | None]  # the track of a container that is meant
KNOWN = 256  # files whose parts are remembered, for their windows are many


class Part(NamedTuple):
    """Bytes of the file whose clock runs on, and the second of the file at which they begin."""

    first: int
    last: int
    begin: float


class Recording:
    """An open file. One of its parts at a time is open too."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self.file = path, file
        status = os.fstat(file.fileno())
        self.parts = _parts(path, status.st_size, status.st_mtime_ns)
        self.open = ExitStack()
        self.container: InputContainer | None = None
        self.number = 0

    def part(self, number: int) -> InputContainer:
        """That part as a container."""
        if self.container is None or number != self.number:
            self.open.close()
            content = self.file if len(self.parts) == 1 else _Slice(self.path, self.file, self.parts[number])
            self.container, self.number = self.open.enter_context(demuxed(cast(BinaryIO, content))), number
        return self.container

    def frames(self, pick: Pick, time: float = 0.0) -> Iterator[Timed]:
        """The frames of a track in their order, from a key frame at or before `time` (seconds) on."""
        start = max(number for number, part in enumerate(self.parts) if number == 0 or part.begin <= time)
        for number in range(start, len(self.parts)):
            begin, container = self.parts[number].begin, self.part(number)
            if (stream := self._track(pick, number)) is not None:
                for timed in decoded_from(container, stream, time - begin):
                    yield Timed(begin + timed.time, timed.frame)

    def _track(self, pick: Pick, number: int) -> VideoStream | AudioStream | None:
        try:
            return pick(self.part(number))
        except InputError:
            if number == 0:
                raise
            return None  # what a later part lacks is a hole


@contextmanager
def opened(path: Path) -> Iterator[Recording]:
    """The file at `path`. FFmpeg's errors, also those of decoding inside the `with`, become InputError."""
    with readable(path), limits.opened(path) as file:
        check_boxes(path, file)
        if file.seek(0) == file.seek(0, 2):
            raise av.InvalidDataError(errno.ENODATA, "it is empty")
        recording = Recording(path, file)
        with recording.open:
            yield recording


@lru_cache(KNOWN)
def _parts(path: Path, size: int, changed: int) -> tuple[Part, ...]:
    with limits.opened(path) as file:
        bounds = [0, *(joints(file) or chains(file)), size]
        if len(bounds) == 2:
            return (Part(0, size, 0.0),)
        if len(bounds) > limits.PARTS:
            raise InputError(f"{path}: its time stamps begin anew over {limits.PARTS} times; encode it again.")
        parts: list[Part] = []
        begin = 0.0
        for first, last in zip(bounds, bounds[1:], strict=False):
            part = Part(first, last, begin)
            with demuxed(cast(BinaryIO, _Slice(path, file, part))) as container:
                begin += _length(container)
            parts.append(part)
        return tuple(parts)


def _length(container: InputContainer) -> float:
    """Seconds; where the container does not say, its packets do."""
    if container.duration:
        return container.duration / av.time_base
    ends = [0.0]
    for packet in packets_of(container, *pictures(container), *container.streams.audio):
        if packet.pts is not None:
            ends.append(float((packet.pts + (packet.duration or 0)) * packet.time_base) - beginning(container))
    return max(ends)


class _Slice:
    """A part of a file, as a file."""

    def __init__(self, path: Path, file: BinaryIO, part: Part) -> None:
        self.name, self.file, self.part = str(path), file, part
        self.place = 0

    def read(self, count: int) -> bytes:
        self.file.seek(self.part.first + self.place)
        content = self.file.read(max(min(count, self.part.last - self.part.first - self.place), 0))
        self.place += len(content)
        return content

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self.place, os.SEEK_END: self.part.last - self.part.first}[whence]
        self.place = start + offset
        return self.place

    def tell(self) -> int:
        return self.place
