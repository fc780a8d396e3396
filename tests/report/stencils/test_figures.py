"""Figures of a run show the numbers that they are given."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from mmf_mixer.interpret.explain import Explanation
from mmf_mixer.interpret.usage import Usage
from mmf_mixer.report.drawing import PALETTE
from mmf_mixer.report.stencils.figures import share_matrix, stencil_map, usage_bars


def test_a_stencil_map_has_the_share_of_each_token_over_the_stencils(found: Explanation) -> None:
    bars, first, second, scale = stencil_map(found, 0).axes
    assert [patch.get_height() for patch in bars.patches] == pytest.approx([10, 10, 0, 20, 20, 0, 0, 40, 0])
    image = first.images[0].get_array()
    np.testing.assert_allclose(image, found.clusters[0].stencils[0].T)
    assert image.shape == (4, 9)  # channels x tokens
    assert first.get_title("left") == "stencil of 3 of 4 restarts" and first.get_ylabel() == "channel"
    assert second.get_title("left") == "stencil of 1 of 4 restarts" and scale.get_ylabel() == "0 closed, 1 open"
    edges = [round(patch.get_x() + patch.get_width(), 1) for patch in first.patches]
    assert edges == [2.5, 6.5, 8.5]


def test_a_stencil_that_is_an_input_is_not_called_open_or_closed(found: Explanation) -> None:
    found.clusters[0].stencils.mul_(3)
    assert stencil_map(found, 0).axes[-1].get_ylabel() == "size of the input"


def test_the_matrix_shows_percent_of_each_modality(found: Explanation) -> None:
    axes = share_matrix(found).axes[0]
    assert [text.get_text() for text in axes.texts] == ["20", "40", "40", "0", "37", "63"]
    assert [label.get_text() for label in axes.get_yticklabels()] == found.labels
    assert [label.get_text() for label in axes.get_xticklabels()] == ["text", "audio", "video"]


def test_usage_bars_are_in_points_with_intervals(usage: Usage) -> None:
    axes = usage_bars(usage).axes[0]
    assert [patch.get_height() for patch in axes.patches] == pytest.approx([25.0] * 9)
    assert to_hex(axes.patches[3].get_facecolor()) == PALETTE[1]
    intervals = [sorted(segment[:, 1]) for lines in axes.collections for segment in lines.get_segments()]
    assert intervals == [pytest.approx([20.0, 30.0])] * 9
