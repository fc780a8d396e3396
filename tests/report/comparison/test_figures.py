"""Figures of a comparison show the numbers that they are given."""

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex

from mmf_mixer.report.comparison.figures import apart, cost_plot, interval_plot, learning_curves, share_bars, styles
from mmf_mixer.report.comparison.results import ACCURACY, PRECISION, Comparison
from mmf_mixer.report.drawing import PALETTE


def test_intervals_of_all_entries_that_have_a_result(comparison: dict[str, Any]) -> None:
    found = Comparison(comparison)
    accuracy, precision = interval_plot(found, 1.0).axes
    labels = [label.get_text() for label in accuracy.get_yticklabels()]
    assert labels == ["mmf_mixer on text", "mmf_mixer", "mmf_transformer", "concat_mlp", "majority"]
    figure = found.figures[found.lead(1.0), PRECISION]
    line, mark = precision.lines[2:4]
    np.testing.assert_allclose(line.get_xdata(), 100 * np.array(figure["ci95"]))
    assert mark.get_xdata()[0] == pytest.approx(100 * figure["mean"]) and mark.get_ydata()[0] == 1


def test_curves_go_over_the_number_of_clips(comparison: dict[str, Any]) -> None:
    found = Comparison(comparison)
    axes = learning_curves(found).axes[0]
    curves = {to_hex(line.get_color()): line for line in axes.lines}
    mixer = curves[PALETTE[0]]
    assert list(mixer.get_xdata()) == [100, 400] and axes.get_xscale() == "log"
    means = [100 * found.figures[found.lead(fraction), ACCURACY]["mean"] for fraction in (0.25, 1.0)]
    assert list(mixer.get_ydata()) == pytest.approx(means)
    assert sorted(text.get_text() for text in axes.texts) == sorted(found.models[:4])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["100", "400"]


def test_costs_leave_out_what_costs_nothing(comparison: dict[str, Any]) -> None:
    found = Comparison(comparison)
    steps, params = cost_plot(found, 1.0).axes[2:]
    assert len(steps.lines) == 4 and len(params.lines) == 5  # the majority takes no step; the broken row has neither
    mixer = params.lines[3]
    assert mixer.get_xdata()[0] == 27_000
    assert mixer.get_ydata()[0] == pytest.approx(100 * found.figures[found.lead(1.0), PRECISION]["mean"])
    assert (steps.get_xlabel(), params.get_xlabel()) == ("milliseconds of a training step", "parameters")
    assert params.xaxis.get_major_formatter()(20_000) == "20 k" and params.xaxis.get_major_formatter()(2e6) == "2 M"
    assert [text.get_text() for text in params.texts] == ["text"]


def test_share_bars_fill_a_hundred_percent(comparison: dict[str, Any]) -> None:
    axes = share_bars(Comparison(comparison), 1.0).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["mmf_mixer", "mmf_transformer", "concat_mlp"]
    widths = np.array([patch.get_width() for patch in axes.patches]).reshape(3, 3)
    np.testing.assert_allclose(widths, [[40, 70, 70], [30, 20, 20], [30, 10, 10]])
    assert {"0.99", "0.73", "entropy"} < {text.get_text() for text in axes.texts}
    first, last = axes.get_xlim()
    assert all(first < text.get_position()[0] < last for text in axes.texts)


def test_every_model_looks_different_and_the_reference_stands_out(comparison: dict[str, Any]) -> None:
    models = [{"model": f"m{number}", "modalities": ["text"], "fraction": 1.0, "seed": 0} for number in range(12)]
    made = styles(Comparison({"rows": [*models, {**models[0], "model": "mmf_mixer"}]}))
    assert len(set(made.values())) == 13 and made["mmf_mixer"].colour == PALETTE[0]
    assert all(look.colour != PALETTE[0] and look.width < 2 for model, look in made.items() if model != "mmf_mixer")


def test_names_keep_their_order_and_their_distance() -> None:
    moved = apart([3.0, 1.0, 1.1], 0.5)
    assert moved == pytest.approx([3.0, 0.8, 1.3])
    assert apart([1.0], 0.5) == [1.0]
