"""Every sentence against figures that are given by hand."""

from collections.abc import Mapping
from typing import Any

from mmf_mixer.report.comparison.results import Comparison
from mmf_mixer.report.comparison.words import verdict

KEYS = ["text", "audio"]


def results(others: Mapping[str, tuple[float, float, float, float]], **more: Any) -> Comparison:
    """Of the Mixer against others: difference, ends of its interval, corrected p."""
    same = {"modalities": KEYS, "fraction": 200, "metric": "mean_average_precision"}
    rows = [{**same, "model": model, "seed": 0} for model in (*others, "mmf_mixer")]
    paired = [
        {
            **same,
            **{"a": "mmf_mixer", "b": other, "b_modalities": KEYS},
            **{"difference": difference, "relative": difference / 0.4, "ci95": [low, high], "p_holm": p},
            "significant": p <= 0.05 and not low <= 0 <= high,
        }
        for other, (difference, low, high, p) in others.items()
    ]
    summary = [{**row, "mean": 0.5, "ci95": None} for row in rows]
    return Comparison({"rows": rows, "summary": summary, "paired": paired, "usage": [], **more})


def test_a_significant_lead() -> None:
    assert verdict(results({"concat_mlp": (0.031, 0.004, 0.059, 0.012)})) == [
        "With 200 training clips mmf_mixer leads concat_mlp by 3.1 points of mean average precision (95 % interval 0.4 "
        "to 5.9, +8 % relative); the difference is significant after Holm's correction (p = 0.012)."
    ]


def test_a_loss_is_said_as_plainly() -> None:
    (said,) = verdict(results({"concat_mlp": (-0.02, -0.05, 0.01, 0.3), "b": (0.1, 0.05, 0.2, 0.001)}))
    assert said.startswith(
        "With 200 training clips mmf_mixer loses to concat_mlp, the best of the other rows, by 2.0 points of mean "
        "average precision (95 % interval -5.0 to 1.0, -5 % relative); the difference is not significant"
    )
    assert said.endswith("Of 2 other rows it is significantly ahead of b; not told apart from concat_mlp.")


def test_all_of_one_kind_and_a_draw() -> None:
    (said,) = verdict(results({"a": (-0.1, -0.2, -0.05, 0.01), "b": (-0.2, -0.3, -0.1, 0.01)}))
    assert said.endswith("It is significantly behind every other row.")
    (said,) = verdict(results({name: (0.1, -0.2, 0.3, 0.6) for name in "abc"}))
    assert said.endswith("It is not told apart from any other row.")
    assert " mmf_mixer is level with a " in verdict(results({"a": (0.0001, -0.2, 0.3, 0.9)}))[0]


def test_clips_and_seeds_may_disagree() -> None:
    (said,) = verdict(results({"a": (0.1, -0.01, 0.2, 0.01)}))
    assert "on these clips that is significant after Holm's correction (p = 0.01), but with other seeds" in said


def test_without_anything_to_compare_or_without_the_reference() -> None:
    assert verdict(results({})) == ["With 200 training clips there is nothing to compare mmf_mixer with."]
    (said,) = verdict(results({"a": (0.1, 0.05, 0.2, 0.01)}, summary=[]))
    assert said == "With 200 training clips there is no result of mmf_mixer: every training of it failed."


def test_the_largest_fraction_comes_first_with_what_the_model_uses(comparison: dict[str, Any]) -> None:
    whole, part = verdict(Comparison(comparison))
    assert whole.startswith(
        "With all 400 training clips mmf_mixer leads mmf_transformer, the best of the other rows, by"
    )
    assert "It is significantly ahead of every other row." in whole
    assert "With text + audio + video it stands 43.4 points above itself with text (95 % interval" in whole
    assert "It draws 40 % from text, 30 % from audio and 30 % from video of what it gains (entropy 0.99 of 1" in whole
    assert "of the others concat_mlp uses them most evenly, 0.73)" in whole
    assert "55.0 % of accuracy are left on average, as much as concat_mlp, the best of the others (55.0 %)." in whole
    assert part.startswith("With 100 training clips mmf_mixer loses to concat_mlp") and "draws" not in part
