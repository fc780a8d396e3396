"""Figures of a clip: words, sound, frames."""

from dataclasses import replace

import numpy as np
import pytest

from mmf_mixer.interpret.places import Place
from mmf_mixer.interpret.portraits import View
from mmf_mixer.processors.audio_spectrogram import mel
from mmf_mixer.report.stencils.clip_figures import draw, resized, shaded_words


def test_words_are_shaded_by_their_share_of_the_largest(views: dict[str, View]) -> None:
    assert shaded_words(views["text"]) == [("<i>go", 1.0), ("now", 0.5)]
    nothing = replace(views["text"], shares=np.zeros(3))
    assert shaded_words(nothing) == [("<i>go", 0.0), ("now", 0.0)]
    assert [text.get_text() for text in draw(views["text"], "red").texts] == ["<i>go", "now"]


def test_many_words_are_broken_into_lines(views: dict[str, View]) -> None:
    places = [Place(token, token + 1, 0.0, 1.0, text="abcdefghij") for token in range(20)]
    figure = draw(View("text", np.ones(20), places, None), "red")
    heights = {round(text.get_position()[1], 3) for text in figure.texts}
    assert len(heights) > 1 and figure.get_figheight() == pytest.approx(0.36 * len(heights))
    assert max(text.get_position()[0] for text in figure.texts) < 6.4
    assert draw(View("text", np.ones(3), [], None), "red").texts == []


def test_cells_lie_on_the_spectrogram_in_seconds_and_hertz(views: dict[str, View]) -> None:
    axes, scale = draw(views["audio"], "red").axes
    spectrogram, cells = axes.images
    assert spectrogram.get_extent() == cells.get_extent() == [0.0, 1.0, 0.0, mel(8000)]
    np.testing.assert_allclose(cells.get_array(), [[10, 30], [0, 5]])
    assert cells.origin == spectrogram.origin == "lower"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0", "250", "500", "1000", "2000", "4000", "8000"]
    assert (axes.get_xlabel(), axes.get_ylabel(), scale.get_ylabel()) == ("time, s", "frequency, Hz", "share, %")


def test_sound_whose_tokens_are_no_cells_is_shown_without_them(views: dict[str, View]) -> None:
    (axes,) = draw(replace(views["audio"], places=[], shares=np.ones(3)), "red").axes
    assert len(axes.images) == 1 and axes.get_xlabel() == "time, parts of the clip"


def test_frames_stand_over_the_shares_of_their_tokens(views: dict[str, View]) -> None:
    strip, bars = draw(views["video"], "#009e73").axes
    assert [patch.get_height() for patch in bars.patches] == pytest.approx([30, 10])
    assert [label.get_text() for label in bars.get_xticklabels()] == ["0.20", "0.60"]
    assert len(strip.images) == 2 and bars.get_xlabel() == "time, s"


@pytest.mark.parametrize(("frames", "tokens"), [(75, 25), (5, 9), (1, 1), (16, 2)])
def test_any_number_of_frames_and_tokens_can_be_drawn(frames: int, tokens: int) -> None:
    places = [Place(token, token + 1, token / 5, (token + 1) / 5) for token in range(tokens)]
    view = View("video", np.ones(tokens) / tokens, places, np.zeros((frames, 22, 32, 3), np.float32))
    strip, bars = draw(view, "red").axes
    assert len(strip.images) == min(frames, 8) and len(bars.patches) == tokens
    assert draw(replace(view, places=[]), "red").axes[1].get_xlabel() == "token"


def test_large_pictures_are_averaged_down() -> None:
    picture = np.zeros((1, 224, 192, 3), np.float32)
    picture[:, :112] = 1.0
    small = resized(picture)
    assert small.shape == (1, 112, 96, 3) and small[0, 55].min() == 1.0 and small[0, 56].max() == 0.0
    assert resized(picture[:, :96, :96]).shape == (1, 96, 96, 3)
