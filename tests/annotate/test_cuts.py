from collections.abc import Iterable
from fractions import Fraction

import numpy as np
from av import VideoFrame

from mmf_mixer.annotate.cuts import Cuts
from mmf_mixer.media.container import Timed

RATE = 25


def watched(pictures: Iterable[np.ndarray]) -> tuple[float, ...]:
    cuts = Cuts()
    for number, picture in enumerate(pictures):
        frame = VideoFrame.from_ndarray(picture.astype(np.uint8))
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        cuts(Timed(number / RATE, frame))
    return cuts.end()


def stripes(count: int, step: int, tone: int) -> list[np.ndarray]:
    """A picture that moves sideways by `step` pixels from frame to frame."""
    picture = np.zeros((72, 128, 3))
    picture[:, ::8] = picture[:, 1::8] = picture[:, 2::8] = picture[:, 3::8] = tone
    return [np.roll(picture, step * number, axis=1) for number in range(count)]


def test_another_picture_is_a_cut_and_a_moving_camera_is_none() -> None:
    assert watched([*stripes(50, 1, 200), *(255 - each for each in stripes(50, 1, 90))]) == (2.0,)


def test_steady_motion_and_stillness_have_no_cut() -> None:
    assert watched(stripes(60, 3, 220)) == () and watched(stripes(60, 0, 220)) == ()


def test_a_fade_is_no_cut() -> None:
    assert watched(np.full((72, 128, 3), 4 * number) for number in range(60)) == ()


def test_a_flash_makes_no_shot_of_a_frame() -> None:
    dark = [np.full((72, 128, 3), 20)] * 40
    assert len(watched([*dark, np.full((72, 128, 3), 250), *dark])) <= 1
