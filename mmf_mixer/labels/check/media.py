"""One window of one file, opened and decoded as a training does it, and what is odd about it."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmf_mixer.errors import InputError
from mmf_mixer.media.decode import FAINT, PREVIEW, frames_at, mono_audio, sounding_tracks
from mmf_mixer.media.facts import duration
from mmf_mixer.media.recording import KNOWN

FRAMES, SIZE = 8, (64, 64)  # pictures of a window, and their height and width
FLAT = 8  # of 255: no picture of anything differs so little from corner to corner


class Window(NamedTuple):
    """Seconds of the picture or of the sound of a file, as a line names them."""

    modality: str  # "video" or "audio"
    path: str
    start: float | None
    end: float | None
    track: int | str | None


class Seen(NamedTuple):
    """What a window holds: `error` says why it cannot be read, `length` is that of the whole file in
    seconds, 0 where the file does not say.

    `there` is whether it has any picture or sound, `blank` whether all pictures are of one colour, or the sound is
    silent; then `sounding` is a track of the file that is not.
    """

    error: str | None = None
    length: float | None = None
    there: bool = False
    blank: bool = False
    sounding: int | None = None


def look(window: Window) -> Seen:
    """Open the file and decode the window."""
    path = Path(window.path)
    try:
        length = _duration(path)
        return (_picture if window.modality == "video" else _sound)(path, window, length)
    except InputError as error:
        return Seen(str(error))


def _picture(path: Path, window: Window, length: float) -> Seen:
    frames = frames_at(path, FRAMES, window.start, window.end, SIZE, grey=True, track=window.track)
    return Seen(None, length, True, bool((np.ptp(frames, axis=(1, 2, 3)) <= FLAT).all()))


def _sound(path: Path, window: Window, length: float) -> Seen:
    samples = mono_audio(path, PREVIEW, window.start, window.end, window.track)
    if samples is None or not len(samples):
        return Seen(None, length)
    blank = bool(np.abs(samples).max() <= FAINT)
    sounding = sounding_tracks(path, window.start, window.end) if blank and window.track is None else []
    return Seen(None, length, True, blank, next(iter(sounding), None))


@lru_cache(KNOWN)
def _duration(path: Path) -> float:
    return duration(path)
