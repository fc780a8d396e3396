"""The picture of a synthetic clip: a coloured shape on its own path, or a grey one that says nothing."""

import numpy as np
from numpy.typing import NDArray

SIZE = 96  # pixels, both ways
FPS = 8

SHAPES = ("disc", "square", "triangle", "cross", "ring")
COLOURS = (  # red, yellow and blue come first, being those of the 15 activities
    *((220, 40, 40), (240, 210, 40), (50, 80, 230)),
    *((40, 160, 60), (240, 130, 30), (140, 60, 200), (60, 210, 220)),  # green, orange, violet, cyan
    *((240, 130, 190), (110, 70, 30), (170, 230, 60), (20, 30, 110)),  # pink, brown, lime, navy
)
PATHS = ((1, 0), (0, 1), (1, 1), (1, 2), (2, 1))  # how often x and y swing while the clip lasts

Mask = NDArray[np.float64]
Frames = NDArray[np.uint8]


def draw(rng: np.random.Generator, activity: int | None, seconds: float) -> Frames:
    """Frames `T x H x W x 3` of one clip.

    Activity `a` of at most 55 is shape `a % 5` in colour `a // 5` on path `(a + a // 5) % 5`. Without an activity
    shape and path are drawn at random and the colour is a grey: the same kind of thing to look at, of no class.
    """
    if activity is None:
        shape, path = SHAPES[rng.integers(5)], PATHS[rng.integers(5)]
        colour = np.full(3, rng.uniform(60, 200))
    else:
        shape, path = SHAPES[activity % 5], PATHS[(activity + activity // 5) % 5]
        colour = np.array(COLOURS[activity // 5]) + rng.uniform(-20, 20, 3)
    count = round(seconds * FPS)
    background, radius = _background(rng), rng.uniform(0.22, 0.3)
    turn, phase = rng.uniform(-0.2, 0.2), rng.uniform(0, 2 * np.pi, 2)
    frames = np.empty((count, SIZE, SIZE, 3))
    for index in range(count):
        swing = np.sin(2 * np.pi * np.array(path) * index / count + phase)
        x, y = 0.5 + 0.18 * swing
        mask = _shape(shape, x, y, radius, turn)[..., None]
        frames[index] = mask * colour + (1 - mask) * background
    return frames.clip(0, 255).astype(np.uint8)


def _background(rng: np.random.Generator) -> NDArray[np.float64]:
    """A still, soft, nearly grey pattern `H x W x 3`: three waves of random direction."""
    axis = np.linspace(0, 1, SIZE)
    waves = sum(
        rng.uniform(2, 6) * np.sin(2 * np.pi * (rng.uniform(-3, 3) * axis[:, None] + rng.uniform(-3, 3) * axis) + phase)
        for phase in rng.uniform(0, 2 * np.pi, 3)
    )
    return np.asarray(waves)[..., None] + rng.uniform(90, 170) + rng.uniform(-5, 5, 3)


def _shape(name: str, x: float, y: float, radius: float, turn: float) -> Mask:
    """How much of each pixel the shape covers, `H x W` in 0..1; `x`, `y`, `radius` in picture widths."""
    axis = (np.arange(SIZE) + 0.5) / SIZE
    right, down = axis[None, :] - x, axis[:, None] - y
    u = (right * np.cos(turn) + down * np.sin(turn)) / radius
    v = (down * np.cos(turn) - right * np.sin(turn)) / radius
    distance = _outline(name, u, v) * radius * SIZE
    return np.asarray(np.clip(0.5 - distance, 0, 1))  # one pixel of soft edge


def _outline(name: str, u: Mask, v: Mask) -> Mask:
    """Roughly the distance to the shape's outline in radii, negative inside; `u` points right, `v` down."""
    match name:
        case "disc":
            distance = np.hypot(u, v) - 1
        case "square":
            distance = np.maximum(abs(u), abs(v)) - 0.85
        case "triangle":
            distance = np.maximum(v - 0.7, (2 * abs(u) - v - 1) / np.sqrt(5))
        case "cross":
            long, short = np.maximum(abs(u), abs(v)), np.minimum(abs(u), abs(v))
            distance = np.maximum(short - 0.33, long - 1)
        case _:
            distance = abs(np.hypot(u, v) - 0.8) - 0.2
    return np.asarray(distance)
