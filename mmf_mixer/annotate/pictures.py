"""The pictures of each window as tokens: every frame is decoded, and where the encoder allows it encoded, once."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmf_mixer.annotate.sources import Encode, Place, Tokens
from mmf_mixer.annotate.windows import Span
from mmf_mixer.grouped import grouped
from mmf_mixer.media.container import Timed
from mmf_mixer.media.decode import frames_along
from mmf_mixer.media.moments import Track, moments
from mmf_mixer.processors.video_frames import VideoFrames

Watch = Callable[[Timed], None]
FRAMES_AT_ONCE = {"cuda": 256, "cpu": 8}


class Pictures:
    """Windows of a picture track.

    Windows that overlap share what an encoder makes of each frame, if it looks at each frame alone: they take their
    frames from one grid, up to half a step (window / frames / 2) from where `extract` takes them. `shift` says how far
    they are at most.
    """

    def __init__(
        self, processor: VideoFrames, encode: Encode, path: Path, track: Track, watch: Watch, spans: Sequence[Span]
    ) -> None:
        self.processor, self.encode, self.path, self.track, self.watch = processor, encode, path, track, watch
        self.step: float | None = None  # of the grid
        self.shift = 0.0
        self._lay_grid(spans)

    def tokens(self, spans: Sequence[Span]) -> Iterator[Tokens]:
        wanted = np.array([self.times(span) for span in spans])
        times, frames = np.unique(wanted.round(6), return_inverse=True)
        of_window = frames.reshape(wanted.shape)
        mask = torch.ones(self.processor.tokens, dtype=torch.long)
        if self.encode.by_frame:
            made = self._encoded(times)
            for tokens in _gathered(made, of_window):
                yield Tokens(torch.cat(tokens), mask)
        else:
            pictures = (self.processor.normalised(picture[None])[0] for picture in self._along(times))
            windows = ({"values": torch.stack(each), "mask": mask} for each in _gathered(pictures, of_window))
            yield from self.encode.windows(windows)

    def times(self, span: Span) -> list[float]:
        """The seconds at which the frames of a window are taken."""
        params = self.processor.params
        if self.step is None or params.frame_rate is not None or not _is(span.length, params.frames * self.step):
            return moments(params.frames, span.start, span.end, params.frame_rate, self.track)
        first = round(span.start / self.step)
        return [(first + number + 0.5) * self.step for number in range(params.frames)]

    def places(self, span: Span) -> list[Place]:
        times = self.times(span)
        each = self.processor.tokens // len(times)
        if each * len(times) != self.processor.tokens:
            return []
        return [Place(tuple(range(n * each, (n + 1) * each)), time, time) for n, time in enumerate(times)]

    def _lay_grid(self, spans: Sequence[Span]) -> None:
        overlap = any(other.start < span.end for span, other in pairwise(spans))
        if overlap and self.encode.by_frame and self.processor.params.frame_rate is None:
            self.step = spans[0].length / self.processor.params.frames
            own = (moments(self.processor.params.frames, *span, None, self.track)[0] for span in spans)
            self.shift = max(abs(time - self.times(span)[0]) for time, span in zip(own, spans, strict=True))

    def _along(self, times: NDArray[np.float64]) -> Iterator[NDArray[np.uint8]]:
        return frames_along(self.path, times.tolist(), self.processor.look(), None, self.watch)

    def _encoded(self, times: NDArray[np.float64]) -> Iterator[Tensor]:
        """The tokens of each frame."""
        for some in grouped(self._along(times), FRAMES_AT_ONCE[self.encode.device.type]):
            tokens = self.encode(self.processor.normalised(np.stack(some))[None])[0]
            yield from tokens.chunk(len(some))


def _gathered(items: Iterator[Tensor], of_window: NDArray[np.int64]) -> Iterator[list[Tensor]]:
    """For each window the items with its numbers; an item is let go after the last window that has it."""
    held: dict[int, Tensor] = {}
    read = 0
    still = np.minimum.accumulate(of_window.min(axis=1)[::-1])[::-1]  # the first that this and later windows want
    for numbers, first in zip(of_window, still, strict=True):
        for number in [number for number in held if number < first]:
            del held[number]
        while read <= numbers.max():
            held[read] = next(items)
            read += 1
        yield [held[number] for number in numbers]


def _is(one: float, other: float) -> bool:
    return abs(one - other) < 1e-6
