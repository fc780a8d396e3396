"""`audio_spectrogram`: the sound of the clip's window as a log-mel picture."""

from dataclasses import dataclass
from math import isqrt, log10
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmf.common.registry import registry
from numpy.typing import NDArray
from torch import Tensor

from mmf_mixer.data.clip import Clip
from mmf_mixer.errors import InputError
from mmf_mixer.media.sound import Samples
from mmf_mixer.processors.sound import Cell, SoundProcessor
from mmf_mixer.settings import read_params

WINDOW, HOP = 0.025, 0.010  # seconds
FLOOR = -100.0  # dB of what is taken as silence
FAINT = 0.25  # shade below which nothing is heard: 16-bit noise lies there, the faintest speech does not
RANGE = 80.0  # dB below the loudest that the picture shows


@dataclass
class AudioSpectrogramParams:
    """`rate` in Hz, `mels` bands, `size` the picture's height and width, `tokens` those the encoder makes of it."""

    rate: int = 16000
    mels: int = 128
    size: int = 224
    tokens: int = 49
    mean: float = 0.449  # over ImageNet's three channels, for the default encoder comes from there
    std: float = 0.226


@registry.register_processor("audio_spectrogram")
class AudioSpectrogram(SoundProcessor):
    """A clip -> `values` 3 x S x S, three times the same picture, and `mask` of `tokens`.

    Rows are mel bands, the lowest first; columns are time. The loudest point of the clip is 1 and what is 80 dB
    below it 0, so that the recording's level does not matter; digital silence is 0. Then `mean` is subtracted and
    `std` divided by. A silent track is present (mask 1); a missing or empty one is absent (zeros, mask 0).
    Raises InputError for a wrong parameter, and on a call for a file that cannot be decoded.
    """

    def __init__(self, config: Any, *args: object, **kwargs: object) -> None:
        from torchaudio.transforms import MelSpectrogram  # here, for runs without sound start faster without it

        self.params = params = read_params("processor audio_spectrogram", AudioSpectrogramParams, config)
        if min(params.rate, params.mels, params.size, params.tokens) < 1 or params.std <= 0:
            raise InputError("processor audio_spectrogram: rate, mels, size and tokens must be 1 or more, std above 0.")
        self.rate = params.rate
        window = round(params.rate * WINDOW)
        self.mel = MelSpectrogram(
            sample_rate=params.rate,
            n_fft=2 ** (2 * window - 1).bit_length(),  # finer than the window, or low mel bands would be empty
            win_length=window,
            hop_length=round(params.rate * HOP),
            n_mels=params.mels,
            normalized=True,  # by the window, so that decibels are those of the sound
            pad_mode="constant",  # sound may be shorter than one window
        )

    def picture(self, samples: Samples | None) -> dict[str, Tensor]:
        params, size = self.params, (self.params.size, self.params.size)
        if samples is None or len(samples) == 0:
            return {"values": torch.zeros(3, *size), "mask": torch.zeros(params.tokens, dtype=torch.long)}
        decibels = 10 * self.mel(torch.from_numpy(samples)).clamp(min=10 ** (FLOOR / 10)).log10()
        loudest = decibels.max().clamp(min=FLOOR + RANGE)
        shades = ((decibels - loudest) / RANGE + 1).clamp(min=0)
        picture = F.interpolate(shades[None, None], size, mode="bilinear", antialias=True)[0]
        values = ((picture - params.mean) / params.std).expand(3, *size)
        return {"values": values, "mask": torch.ones(params.tokens, dtype=torch.long)}

    def sounds(self, values: Tensor) -> bool:
        return bool((values * self.params.std + self.params.mean).max() > FAINT)

    def seen(self, item: Clip, values: Tensor) -> NDArray[np.float32]:
        shades: NDArray[np.float32] = (values[0] * self.params.std + self.params.mean).clamp(0, 1).numpy()
        return shades

    def cells_of(self, start: float, seconds: float) -> list[Cell]:
        """Those of an encoder that keeps the picture's square grid, such as the 7 x 7 of resnet_audio: row by row, the
        lowest frequencies first. Empty if `tokens` is no square."""
        side = isqrt(self.params.tokens)
        if side**2 != self.params.tokens:
            return []
        times = [start + part / side * seconds for part in range(side + 1)]
        top = mel(self.params.rate / 2)
        edges = [hertz(part / side * top) for part in range(side + 1)]
        return [
            Cell(times[column], times[column + 1], edges[row], edges[row + 1])
            for row in range(side)
            for column in range(side)
        ]


def mel(frequency: float) -> float:
    """Hertz to mel, by the formula (O'Shaughnessy, 1987) of torchaudio's default scale."""
    return 2595 * log10(1 + frequency / 700)


def hertz(pitch: float) -> float:
    """The inverse of `mel`."""
    return float(700 * (10 ** (pitch / 2595) - 1))
