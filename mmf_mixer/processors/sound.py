"""What the processors of sound share: the samples of the clip's window, and where in it each token lies."""

from typing import NamedTuple

import numpy as np
from mmf.datasets.processors.processors import BaseProcessor
from numpy.typing import NDArray
from torch import Tensor

from mmf_mixer.data.clip import Clip
from mmf_mixer.media.decode import mono_audio, sounding_tracks
from mmf_mixer.media.sound import Samples


class Cell(NamedTuple):
    """A part of the sound: seconds of the file, and frequencies."""

    start: float
    end: float
    low_hz: float
    high_hz: float


class SoundProcessor(BaseProcessor):  # type: ignore[misc]
    """A clip -> `values` and `mask`. Subclasses set `rate`, in Hz, and write `picture` and `cells_of`.

    Raises InputError on a call for a file that cannot be decoded.
    """

    rate: int
    unheard: str | None = None  # a sentence, if not all of the sound that was read last is heard

    def __call__(self, item: Clip, *args: object, **kwargs: object) -> dict[str, Tensor]:
        return self.picture(self._samples(item))

    def picture(self, samples: Samples | None) -> dict[str, Tensor]:
        """What a call gives, for these mono samples at `rate` Hz; absent if there are none."""
        raise NotImplementedError

    def sounds(self, values: Tensor) -> bool:
        """Whether anything is to be heard in what a call gave."""
        raise NotImplementedError

    def hint(self, item: Clip, made: dict[str, Tensor]) -> str | None:
        """What is odd about a clip that was read: it is silent, but another track of its file is not, as where the
        first of two microphones was off; or not all of it is heard. `made` is what the call gave for it."""
        if item.audio is None or item.audio_track is not None or not made["mask"].any() or self.sounds(made["values"]):
            return self.unheard
        heard = sounding_tracks(item.audio, item.start, item.end)
        return (
            f"{item.audio}: the sound track that was read is silent, its track {heard[0]} is not; name that one as "
            "`audio_track` if it is meant."
            if heard
            else self.unheard
        )

    def cells(self, item: Clip) -> list[Cell]:
        """What each token of the encoder covers. Empty for a clip without sound, or where it is not known."""
        samples = self._samples(item)
        return [] if samples is None else self.cells_of(item.start or 0.0, len(samples) / self.rate)

    def cells_of(self, start: float, seconds: float) -> list[Cell]:
        """The same for sound that begins at `start` and lasts so many seconds."""
        raise NotImplementedError

    def seen(self, item: Clip, values: Tensor) -> NDArray[np.float32]:
        """A clip's sound as a picture for people, H x W, in [0, 1]: the lowest of its mel bands first."""
        raise NotImplementedError

    def _samples(self, item: Clip) -> Samples | None:
        """The clip's sound; None if there is none to hear."""
        if item.audio is None:
            return None
        samples = mono_audio(item.audio, self.rate, item.start, item.end, item.audio_track)
        return None if samples is None or len(samples) == 0 else samples
