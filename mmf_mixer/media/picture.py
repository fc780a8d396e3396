"""From a decoded frame to pixels: in its colours, upright, cut and resized."""

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from av import VideoFrame
from av.sidedata.sidedata import Type
from av.video.reformatter import Colorspace, VideoReformatter
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
Pixels = NDArray[np.uint8]
Matrix = tuple[tuple[int, int], tuple[int, int]]
UNSPECIFIED = 2  # of what FFmpeg says of colours


def display_matrix(frame: VideoFrame) -> Matrix:
    """How the coded picture is to be shown: ((a, c), (b, d)) takes its x and y, downwards, to those on the screen.

    It is that of ISO/IEC 14496-12, 8.3.2, without what moves the picture. FFmpeg gives it for what MP4, Matroska and
    the pictures themselves say.
    """
    sides: Any = frame.side_data  # whose stub says that it holds strings
    for entry in sides:
        if entry.type == Type.DISPLAYMATRIX:
            a, b, _, c, d = np.frombuffer(bytes(entry)[:20], np.int32).tolist()
            return (a, c), (b, d)
    return (1, 0), (0, 1)


def is_turned(matrix: Matrix) -> bool:
    """Whether the picture is shown with its sides exchanged. Angles are taken to the nearest quarter of a turn."""
    (a, c), (b, d) = matrix
    return abs(b) + abs(c) > abs(a) + abs(d)


def upright(pixels: Pixels, matrix: Matrix) -> Pixels:
    """A coded picture, H x W x C, as it is to be shown: turned and mirrored, as FFmpeg's `autorotate` does."""
    (a, c), (b, d) = matrix
    if is_turned(matrix):
        pixels, right, down = pixels.swapaxes(0, 1), c, b
    else:
        right, down = a, d
    return pixels[:: -1 if down < 0 else 1, :: -1 if right < 0 else 1]


def colorspace_of(frame: VideoFrame) -> Colorspace | None:
    """BT.709 for a picture of high definition that does not say what its colours are, as players take it; FFmpeg would
    take BT.601, that of standard definition. None = as the picture says."""
    untold = frame.colorspace == UNSPECIFIED and not frame.format.is_rgb
    return Colorspace.ITU709 if untold and (frame.width >= 1280 or frame.height > 576) else None


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
        matrix = display_matrix(frame)
        if self.crop is None and self.size is not None:
            size = self.size[::-1] if is_turned(matrix) else self.size
            return np.ascontiguousarray(upright(self._pixels(frame, size, self.scaler), matrix))
        pixels = upright(self._pixels(frame, (frame.height, frame.width), self.scaler), matrix)
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
        resized = scaler.reformat(
            frame, width, height, self._format, colorspace_of(frame), interpolation="BILINEAR", threads=1
        )
        return cast(Pixels, resized.to_ndarray().reshape(height, width, -1))
