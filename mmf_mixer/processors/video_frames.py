"""`video_frames`: T pictures spread evenly over the clip's window."""

from dataclasses import dataclass, field
from typing import Any

import torch
from mmf.common.registry import registry
from mmf.datasets.processors.processors import BaseProcessor
from torch import Tensor

from mmf_mixer.datasets.schema import Clip
from mmf_mixer.errors import InputError
from mmf_mixer.media.decode import frames_at
from mmf_mixer.processors.params import read_params

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass
class VideoFramesParams:
    """`size` is H = W, or [H, W]. `crop` is [top, left, bottom, right] in fractions of the picture.

    `tokens` is how many tokens the encoder makes of the frames, where that is not one per frame.
    """

    frames: int = 8
    size: Any = 112
    crop: list[float] | None = None
    mean: list[float] = field(default_factory=lambda: list(IMAGENET_MEAN))
    std: list[float] = field(default_factory=lambda: list(IMAGENET_STD))
    tokens: int | None = None


@registry.register_processor("video_frames")
class VideoFrames(BaseProcessor):  # type: ignore[misc]
    """A clip -> `values` T x 3 x H x W normalised by `mean` and `std`, `mask` T (or `tokens`).

    Raises InputError for a wrong parameter, and on a call for a video that cannot be decoded.
    """

    def __init__(self, config: Any, *args: Any, **kwargs: Any) -> None:
        self.params = read_params("processor video_frames", VideoFramesParams, config)
        self.size = _size(self.params.size)
        self.crop = _crop(self.params.crop)
        _check_counts(self.params)
        mean, std = (torch.tensor(values).view(3, 1, 1) for values in (self.params.mean, self.params.std))
        self.scale, self.shift = 1 / (255 * std), mean / std  # from bytes straight to normalised values
        self.tokens = self.params.tokens or self.params.frames

    def __call__(self, item: Clip, *args: Any, **kwargs: Any) -> dict[str, Tensor]:
        if item.video is None:
            values = torch.zeros(self.params.frames, 3, *self.size)
            return {"values": values, "mask": torch.zeros(self.tokens, dtype=torch.long)}
        frames = frames_at(item.video, self.params.frames, item.start, item.end, self.size, self.crop)
        values = torch.from_numpy(frames).permute(0, 3, 1, 2) * self.scale - self.shift
        return {"values": values.contiguous(), "mask": torch.ones(self.tokens, dtype=torch.long)}


def _size(size: Any) -> tuple[int, int]:
    pair = [size, size] if isinstance(size, int) else size
    if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(side, int) and side > 0 for side in pair):
        raise InputError(f"processor video_frames: size must be pixels or [height, width], not {size!r}.")
    return pair[0], pair[1]


def _crop(crop: list[float] | None) -> tuple[float, float, float, float] | None:
    if crop is None:
        return None
    if len(crop) != 4 or not (0 <= crop[0] < crop[2] <= 1 and 0 <= crop[1] < crop[3] <= 1):
        raise InputError(
            f"processor video_frames: crop must be [top, left, bottom, right] in fractions from 0 to 1, not {crop}."
        )
    return crop[0], crop[1], crop[2], crop[3]


def _check_counts(params: VideoFramesParams) -> None:
    if params.frames < 1 or (params.tokens is not None and params.tokens < 1):
        raise InputError("processor video_frames: frames and tokens must be at least 1.")
    if len(params.mean) != 3 or len(params.std) != 3 or min(params.std) <= 0:
        raise InputError("processor video_frames: mean and std must be three numbers each, std above 0.")
