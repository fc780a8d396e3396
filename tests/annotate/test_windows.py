import pytest

from mmf_mixer.annotate.windows import Span, cells, regular, shots
from mmf_mixer.errors import InputError


def test_windows_lie_wholly_in_the_video_and_the_last_ends_with_it() -> None:
    assert regular(6.0, 3.0, 1.0) == [Span(0, 3), Span(1, 4), Span(2, 5), Span(3, 6)]
    assert regular(4.5, 3.0, 1.0) == [Span(0, 3), Span(1, 4), Span(1.5, 4.5)]
    assert regular(2.0, 3.0, 1.0) == [Span(0, 2)]


def test_rounding_costs_no_window() -> None:
    assert len(regular(0.1 * 3 * 10, 0.3, 0.1)) == 28


def test_a_stride_longer_than_the_window_is_refused() -> None:
    with pytest.raises(InputError, match="make it at most 3"):
        regular(10.0, 3.0, 3.5)


def test_shots_reach_from_cut_to_cut() -> None:
    assert shots([2.0, 5.0], 7.0) == [Span(0, 2), Span(2, 5), Span(5, 7)]


def test_each_window_speaks_for_the_part_about_its_middle() -> None:
    assert cells(regular(6.0, 3.0, 1.0), 6.0) == [Span(0, 2), Span(2, 3), Span(3, 4), Span(4, 6)]
    assert cells([Span(0, 2)], 2.0) == [Span(0, 2)]
