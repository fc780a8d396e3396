"""Reads the activity of a synthetic clip from its decoded media, one modality at a time, without any learning."""

import numpy as np
from numpy.typing import NDArray

from mmf_mixer.data.clip import Clip
from mmf_mixer.media.captions import cues
from mmf_mixer.media.decode import frames_at, mono_audio
from mmf_mixer.synthetic.picture import COLOURS, SHAPES
from mmf_mixer.synthetic.sound import COURSES, RATE, TIMBRES
from mmf_mixer.synthetic.words import PHRASES

WINDOW = 512  # samples of one spectrum


def read_picture(clip: Clip, colours: int = 3) -> int | None:
    """The activity that the picture shows, of so many colours: a vote of frames in which something is coloured."""
    assert clip.video is not None
    read = [_read_frame(frame.astype(float), colours) for frame in frames_at(clip.video, 5)]
    votes = [vote for vote in read if vote is not None]
    return max(set(votes), key=votes.count) if votes else None


def _read_frame(frame: NDArray[np.float64], colours: int) -> int | None:
    inside = np.ptp(frame, axis=2) > 70
    if inside.sum() < 100:
        return None
    seen = frame[inside].mean(0)
    colour = min(range(colours), key=lambda index: np.abs(seen - COLOURS[index]).sum())
    return 5 * colour + SHAPES.index(_read_shape(inside))


def _read_shape(inside: NDArray[np.bool_]) -> str:
    """By how much of the shape's middle, circle, upper half and box is filled."""
    down, right = np.nonzero(inside)
    y, x = (down.min() + down.max()) / 2, (right.min() + right.max()) / 2
    if not inside[round(y), round(x)]:
        return "ring"
    radius = np.hypot(down - y, right - x).max()
    if inside.sum() > 0.8 * np.pi * radius**2:
        return "disc"
    if (down < y).mean() < 0.4:
        return "triangle"
    return "square" if inside.sum() > 0.6 * np.ptp(down) * np.ptp(right) else "cross"


def read_sound(clip: Clip) -> int | None:
    """The activity that the sound tells, or None for noise and for no track."""
    assert clip.audio is not None
    samples = mono_audio(clip.audio, RATE)
    if samples is None:
        return None
    blocks = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::128]
    power = np.abs(np.fft.rfft(blocks * np.hanning(WINDOW))) ** 2
    loud = power.sum(1) > 0.05 * np.median(np.sort(power.sum(1))[-len(power) // 2 :])
    share = power[loud] / power[loud].sum(1, keepdims=True)
    in_few_bins = np.quantile(np.sort(share, 1)[:, -4:].sum(1), 0.9)  # noise .1, rich .3, rough .85, pure 1
    if in_few_bins < 0.18:
        return None
    timbre = "rich" if in_few_bins < 0.6 else "rough" if in_few_bins < 0.95 else "pure"
    return 5 * TIMBRES.index(timbre) + COURSES.index(_read_course(share, loud))


def _read_course(share: NDArray[np.float64], loud: NDArray[np.bool_]) -> str:
    if loud.mean() < 0.8:
        return "beating"
    fundamental = share[:, : 1500 * WINDOW // RATE]
    pitch = fundamental @ np.arange(fundamental.shape[1]) / fundamental.sum(1)
    if pitch.std() < 1.5:
        return "steady"
    rises = np.diff(np.convolve(pitch, np.ones(5) / 5, "valid")) > 0
    if rises.mean() > 0.7:
        return "rising"
    return "falling" if rises.mean() < 0.3 else "warbling"


def read_caption(clip: Clip) -> int | None:
    """The activity whose phrase stands in the caption."""
    text = " ".join(cue.text for cue in cues(clip.captions)) if clip.captions else ""
    found = [index for index, phrases in enumerate(PHRASES.values()) if any(phrase in text for phrase in phrases)]
    assert len(found) <= 1
    return found[0] if found else None
