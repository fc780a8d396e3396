"""The sound of a synthetic clip: a tone with its own course and timbre, or noise that says nothing."""

import numpy as np
from numpy.typing import NDArray

RATE = 16_000  # samples per second

COURSES = ("steady", "rising", "falling", "beating", "warbling")
TIMBRES = ("pure", "rich", "rough")
OCTAVES = (0, -1, -2)  # that a register lies above the first

Signal = NDArray[np.float64]


def play(rng: np.random.Generator, what: int | None, seconds: float) -> NDArray[np.float32]:
    """Mono samples in -1..1 of one clip, `seconds * RATE` of them.

    What sounds is an activity or an event `k` of at most 45: course `k % 5` in timbre `k // 5 % 3` and register
    `k // 15`. Without one it is white noise that swells or beats as the tones do: the same rhythms, and no pitch to
    hold them.
    """
    time = np.arange(round(seconds * RATE)) / RATE
    if what is None:
        signal = rng.normal(0, 0.3, len(time)) * _loudness(rng, COURSES[rng.integers(5)], time)
    else:
        course = COURSES[what % 5]
        pitch = _pitch(rng, course, time) * 2.0 ** OCTAVES[what // 15]
        signal = _tone(rng, TIMBRES[what // 5 % 3], 2 * np.pi * np.cumsum(pitch) / RATE) * _loudness(rng, course, time)
    signal = signal * rng.uniform(0.5, 0.9) / abs(signal).max() + rng.normal(0, 0.004, len(time))
    return np.asarray(signal.clip(-1, 1), np.float32)


def _pitch(rng: np.random.Generator, course: str, time: Signal) -> Signal:
    """Hertz in the first register: an octave up or down every half second, a quick wave within it, or its middle."""
    saw = (2 * time + rng.uniform(0, 1)) % 1
    match course:
        case "rising":
            octaves = saw
        case "falling":
            octaves = 1 - saw
        case "warbling":
            octaves = 0.5 + 0.4 * np.sin(2 * np.pi * 5 * time + rng.uniform(0, 2 * np.pi))
        case _:
            octaves = np.full_like(time, 0.5)
    return np.asarray(rng.uniform(500, 700) * 2**octaves)


def _tone(rng: np.random.Generator, timbre: str, phase: Signal) -> Signal:
    """One harmonic, eight, or one whose phase wanders, which widens its line into a band of noise."""
    if timbre == "rich":
        return np.asarray(sum(np.sin(k * phase) for k in range(1, 9)))
    wandering = rng.normal(0, 0.15, len(phase)).cumsum() if timbre == "rough" else 0
    return np.asarray(np.sin(phase + wandering))


def _loudness(rng: np.random.Generator, course: str, time: Signal) -> Signal:
    """The envelope in 0..1: on and off five times a second where the course beats, a slow swell elsewhere."""
    if course == "beating":
        return np.asarray((5 * time + rng.uniform(0, 1)) % 1 < 0.5, dtype=float)
    return np.asarray(0.8 + 0.2 * np.sin(2 * np.pi * time + rng.uniform(0, 2 * np.pi)))
