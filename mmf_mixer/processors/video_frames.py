"""`video_frames`: T pictures of the clip's window, spread evenly or consecutive."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmf.common.registry import registry
from mmf.datasets.processors.processors import BaseProcessor
from numpy.typing import NDArray
from torch import Tensor

from mmf_mixer.data.clip import Clip
from mmf_mixer.errors import InputError
from mmf_mixer.media.decode import dynamic_range, frame_times, frames_at
from mmf_mixer.media.picture import Box, Look, Pixels
from mmf_mixer.processors.augment import random_flip, random_shift
from mmf_mixer.settings import read_params

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass
class VideoFramesParams:
    """`size` is H = W, or [H, W]. `crop` is [top, left, bottom, right] in fractions of the picture.

    `frame_rate`: None spreads the frames evenly over the window; a number, or "native" for the video's own, takes
    so many per second from the middle of the window, as networks of motion want them.

    `grey` pictures have one channel, and one `mean` and `std`. `shift` (pixels) and `flip` (probability) are the
    augmentation. `tokens` is how many tokens the encoder makes of the frames, where that is not one per frame.
    """

    frames: int = 8
    frame_rate: Any = None
    size: Any = 112
    crop: list[float] | None = None
    grey: bool = False
    mean: list[float] = field(default_factory=lambda: list(IMAGENET_MEAN))
    std: list[float] = field(default_factory=lambda: list(IMAGENET_STD))
    tokens: int | None = None
    shift: int = 0
    flip: float = 0.0


@registry.register_processor("video_frames")
class VideoFrames(BaseProcessor):  # type: ignore[misc]
    """A clip -> `values` T x C x H x W normalised by `mean` and `std`, `mask` T (or `tokens`). C is 3, or 1 if grey.

    Raises InputError for a wrong parameter, and on a call for a video that cannot be decoded.
    """

    params: Any

    def __init__(self, config: Any, *args: object, **kwargs: object) -> None:
        self.params = params = read_params("processor video_frames", VideoFramesParams, config)
        self.size = _size(params.size)
        self.crop = crop_of("video_frames", params.crop)
        self.channels = 1 if params.grey else 3
        check_frames("video_frames", params)
        _check_colours(params, self.channels)
        mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (params.mean, params.std))
        self.scale, self.offset = 1 / (255 * std), mean / std  # from bytes straight to normalised values
        self.tokens = params.tokens or params.frames
        self.shape = (params.frames, self.channels, *self.size)

    def __call__(self, item: Clip, *args: object, **kwargs: object) -> dict[str, Tensor]:
        if item.video is None:
            return {"values": torch.zeros(self.shape), "mask": torch.zeros(self.tokens, dtype=torch.long)}
        return {"values": self.read(item.video, item), "mask": torch.ones(self.tokens, dtype=torch.long)}

    def read(self, video: Path, item: Clip) -> Tensor:
        """The frames of a clip's video."""
        params = self.params
        frames = frames_at(
            video,
            params.frames,
            item.start,
            item.end,
            self.size,
            self.crop,
            params.frame_rate,
            params.grey,
            item.video_track,
        )
        return self.normalised(frames)

    def normalised(self, frames: Pixels) -> Tensor:
        """Pictures, T x H x W x C, as `values`."""
        return (torch.from_numpy(frames).permute(0, 3, 1, 2) * self.scale - self.offset).contiguous()

    def seen(self, item: Clip, values: Tensor) -> NDArray[np.float32]:
        """What was made of a clip, as pictures in colour for people, T x H x W x 3, in [0, 1]."""
        pictures = ((values + self.offset) / (255 * self.scale)).clamp(0, 1).permute(0, 2, 3, 1)
        coloured: NDArray[np.float32] = pictures.expand(-1, -1, -1, 3).numpy()
        return coloured

    def look(self) -> Look:
        """How the pictures are to be read."""
        return Look(self.size, self.crop, self.params.grey)

    def hint(self, item: Clip, made: dict[str, Tensor]) -> str | None:
        """What is odd about a clip that was read: its pictures are for screens of high dynamic range."""
        standard = item.video and dynamic_range(item.video, item.video_track)
        return (
            f"{item.video}: its pictures are for screens of high dynamic range ({standard}) and are read as if they "
            "were not, hence pale; convert it to BT.709 to have its colours."
            if standard
            else None
        )

    @property
    def augments(self) -> bool:
        """Whether `augment` changes anything."""
        return bool(self.params.shift or self.params.flip)

    def augment(self, values: Tensor) -> Tensor:
        """A random variation of `values` for training. All frames are changed alike; `values` stay as they are."""
        if self.params.shift:
            values = random_shift(values, self.params.shift)
        return random_flip(values, self.params.flip) if self.params.flip else values

    def times(self, item: Clip) -> list[float]:
        """The second of the file that each frame shows; empty for a clip without video."""
        if item.video is None:
            return []
        return frame_times(
            item.video, self.params.frames, item.start, item.end, self.params.frame_rate, item.video_track
        )


def _size(size: Any) -> tuple[int, int]:
    pair = [size, size] if isinstance(size, int) else size
    if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(side, int) and side > 0 for side in pair):
        raise InputError(f"processor video_frames: size must be pixels or [height, width], not {size!r}.")
    return pair[0], pair[1]


def crop_of(asker: str, crop: list[float] | None) -> Box | None:
    """A crop as `Look` takes it. Raises InputError if it is none."""
    if crop is None:
        return None
    if len(crop) != 4 or not (0 <= crop[0] < crop[2] <= 1 and 0 <= crop[1] < crop[3] <= 1):
        raise InputError(
            f"processor {asker}: crop must be [top, left, bottom, right] in fractions from 0 to 1, not {crop}."
        )
    return crop[0], crop[1], crop[2], crop[3]


def check_frames(asker: str, params: Any) -> None:
    """Raise InputError unless the numbers say which frames are taken, and how they are varied."""
    if params.frames < 1 or (params.tokens is not None and params.tokens < 1):
        raise InputError(f"processor {asker}: frames and tokens must be at least 1.")
    rate = params.frame_rate
    if rate not in (None, "native") and not (type(rate) in (int, float) and rate > 0):
        raise InputError(f"processor {asker}: frame_rate must be null, native or frames per second, not {rate!r}.")
    if params.shift < 0 or not 0 <= params.flip <= 1:
        raise InputError(f"processor {asker}: shift must be 0 or more pixels, and flip a probability.")


def _check_colours(params: VideoFramesParams, channels: int) -> None:
    if len(params.mean) != channels or len(params.std) != channels or min(params.std) <= 0:
        how_many = "one number each for grey pictures" if channels == 1 else "three numbers each"
        raise InputError(f"processor video_frames: mean and std must be {how_many}, std above 0.")
