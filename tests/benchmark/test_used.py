"""Usage over seeds, against the made-up folder."""

from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.benchmark.used import usage_summary
from tests.benchmark.fabricated import KEYS, row


def test_measures_are_means_and_deviations_over_seeds(comparison: dict[str, Any]) -> None:
    found = {(each["model"], each["fraction"]): each for each in comparison["usage"]}
    assert set(found) == {(m, f) for m in ("concat_mlp", "mmf_transformer", "mmf_mixer") for f in (1.0, 0.25)}
    mixer = found["mmf_mixer", 1.0]
    assert mixer["modalities"] == list(KEYS) and mixer["n"] == 3 and mixer["samples"] == 40
    assert mixer["measures"]["text"]["share"] == {"mean": pytest.approx(0.4), "std": pytest.approx(0)}
    assert mixer["measures"]["text"]["drop"] == {"mean": pytest.approx(0.1), "std": pytest.approx(0.01)}
    assert mixer["measures"]["video"]["perceptual"]["mean"] == pytest.approx(0.06)
    assert mixer["entropy"]["mean"] == pytest.approx(0.9912, abs=1e-4)


def test_missing_is_the_mean_over_subsets_that_lack_some_but_not_all(comparison: dict[str, Any]) -> None:
    (mixer,) = (each for each in comparison["usage"] if (each["model"], each["fraction"]) == ("mmf_mixer", 1.0))
    assert [part["modalities"] for part in mixer["subsets"]][:2] == [[], ["text"]]
    # 0.3 + 0.5 x (0.4, 0.3, 0.3, 0.7, 0.7, 0.6)
    assert mixer["missing"] == {"mean": pytest.approx(0.55), "std": pytest.approx(0.01)}
    assert mixer["subsets"][-1]["accuracy"]["mean"] == pytest.approx(0.8)
    assert [(part["modalities"], part["samples"]) for part in mixer["evidence"]] == [
        (["text"], 25),
        (["audio", "video"], 15),
    ]


def test_what_no_seed_defines_is_none_and_failed_rows_are_left_out(tmp_path: Path) -> None:
    rows = [row(tmp_path, "mmf_mixer", KEYS, 1.0, seed) for seed in (0, 1)]
    for number, each in enumerate(rows):
        path = tmp_path / each["usage"]
        text = path.read_text()
        cut = text.index('"entropy": {'), text.index("}", text.index('"entropy": {')) + 1
        path.write_text(text[: cut[0]] + '"entropy": null' + text[cut[1] :] if number == 0 else text)
    (both,) = usage_summary(rows, tmp_path)
    assert both["entropy"] == {"mean": pytest.approx(0.9912, abs=1e-4), "std": None}
    (one,) = usage_summary([rows[0], {**rows[1], "error": "no"}], tmp_path)
    assert one["entropy"] is None and one["n"] == 1 and one["missing"]["std"] is None
    assert usage_summary([{**rows[0], "usage": None}], tmp_path) == []
