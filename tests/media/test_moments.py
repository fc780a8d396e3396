"""The moments that frames are taken at."""

import pytest

from mmf_mixer.media.moments import Rate, Track, consecutive, spread


def test_spread_takes_the_middles_of_equal_parts() -> None:
    assert spread(4, 1.0, 3.0) == [1.25, 1.75, 2.25, 2.75]


@pytest.mark.parametrize(
    ("count", "window", "rate", "first_frame", "expected"),
    [
        (4, (0.0, 1.0), "native", 0.0, [0.35, 0.45, 0.55, 0.65]),
        (3, (0.0, 1.0), "native", 0.0, [0.35, 0.45, 0.55]),  # an odd number: half a frame off the middle
        (4, (0.0, 1.0), 5.0, 0.0, [0.15, 0.35, 0.55, 0.75]),
        (2, (2.0, 4.0), 1.0, 0.0, [2.45, 3.45]),
        (2, (0.0, 1.0), "native", 0.03, [0.48, 0.58]),  # the frames begin at 0.03, 0.13, …
        (4, (0.5, 0.7), "native", 0.0, [0.55, 0.65, 0.65, 0.65]),
        (3, (0.5, 0.54), "native", 0.0, [0.52, 0.52, 0.52]),  # a window within a frame
    ],
)
def test_consecutive_moments_are_about_the_middle_and_within_frames(
    count: int, window: tuple[float, float], rate: Rate, first_frame: float, expected: list[float]
) -> None:
    assert consecutive(count, *window, rate, Track(first_frame, 10.0)) == pytest.approx(expected)


@pytest.mark.parametrize("rate", [8.0, 10.0, 15.0, 25.0, 29.97, 30.0, 60.0])
@pytest.mark.parametrize("length", [0.01, 0.5, 3.0, 100.0])
def test_moments_stay_in_the_window_in_order(rate: float, length: float) -> None:
    found = consecutive(16, 1.0, 1.0 + length, rate, Track(0.0, 25.0))
    assert len(found) == 16 and found == sorted(found)
    assert found[0] >= 1.0 - 0.5 / 25 and found[-1] < 1.0 + length
    if length == 100.0:
        assert (found[0] + found[-1]) / 2 == pytest.approx(51.0, abs=0.5 / 25)
