"""Random changes to a clip in training, alike for all its frames. They draw from torch's global generator."""

import torch
from torch import Tensor


def random_shift(frames: Tensor, pixels: int) -> Tensor:
    """`T x C x H x W` moved up or down and left or right by up to so many pixels; the edges are repeated."""
    (down, right), (height, width) = torch.randint(-pixels, pixels + 1, (2,)).tolist(), frames.shape[-2:]
    rows = (torch.arange(height) - down).clamp(0, height - 1)
    columns = (torch.arange(width) - right).clamp(0, width - 1)
    return frames[..., rows.unsqueeze(1), columns]


def random_flip(frames: Tensor, probability: float) -> Tensor:
    """`T x C x H x W` with left and right exchanged, or as it is."""
    return frames.flip(-1) if torch.rand(()) < probability else frames
