"""From a decoded frame to pixels: upright, cut and resized."""

from dataclasses import dataclass, field
from typing import cast

import numpy as np
from av import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
Pixels = NDArray[np.uint8]


@dataclass
class Look:
    """What the pictures of a video shall look like.

    `crop` is (top, left, bottom, right) in fractions of the upright picture, cut before it is resized to `size` =
    (H, W); without `size` it keeps its own.
    """

    size: tuple[int, int] | None = None
    crop: Box | None = None
    grey: bool = False
    # one for all frames, for making its tables costs as much as a picture
    scaler: VideoReformatter = field(default_factory=VideoReformatter, repr=False)

    def picture(self, frame: VideoFrame) -> Pixels:
        """The frame as H x W x 3, or H x W x 1 if `grey`."""
        turns = round(frame.rotation / 90)
        if self.crop is None and self.size is not None:
            size = self.size if turns % 2 == 0 else self.size[::-1]
            return np.ascontiguousarray(np.rot90(self._pixels(frame, size, self.scaler), k=turns))
        pixels = np.rot90(self._pixels(frame, (frame.height, frame.width), self.scaler), k=turns)
        if self.crop is not None:
            height, width = pixels.shape[:2]
            sides = zip(self.crop, (height, width) * 2, strict=True)
            top, left, bottom, right = (round(part * whole) for part, whole in sides)
            pixels = pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
        pixels = np.ascontiguousarray(pixels)
        if self.size is None or self.size == pixels.shape[:2]:
            return pixels
        cut = VideoFrame.from_ndarray(pixels[..., 0] if self.grey else pixels, format=self._format)
        return self._pixels(cut, self.size, VideoReformatter())

    @property
    def _format(self) -> str:
        return "gray" if self.grey else "rgb24"

    def _pixels(self, frame: VideoFrame, size: tuple[int, int], scaler: VideoReformatter) -> Pixels:
        height, width = size
        resized = scaler.reformat(frame, width, height, self._format, interpolation="BILINEAR", threads=1)
        return cast(Pixels, resized.to_ndarray().reshape(height, width, -1))
