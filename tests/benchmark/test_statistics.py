"""Means, intervals and pairs against hand-made cases."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmf_mixer.benchmark import statistics as room
from mmf_mixer.benchmark.answers import Entry
from mmf_mixer.benchmark.resampling import PERMUTATIONS
from mmf_mixer.benchmark.statistics import pairs, reference, statistics, student_interval, summarise
from tests.benchmark.fabricated import KEYS, folder, row

ACCURACY, PRECISION = "group_accuracy", "mean_average_precision"


def plain(seed: int, **metrics: float) -> dict[str, object]:
    return {"model": "m", "modalities": ["text"], "fraction": 1.0, "seed": seed, "metrics": metrics}


def test_interval_is_students() -> None:
    # mean 2, deviation 1, n = 3: half width t(0.975, 2) / sqrt(3) = 4.302653 / 1.732051
    low, high = student_interval([1.0, 2.0, 3.0]) or (0.0, 0.0)
    assert low == pytest.approx(2 - 2.484138, abs=1e-5) and high == pytest.approx(2 + 2.484138, abs=1e-5)
    assert student_interval([1.0]) is None
    assert student_interval([0.5, 0.5]) == (0.5, 0.5)


def test_summary_is_over_the_seeds_that_succeeded() -> None:
    failed = {"model": "m", "modalities": ["text"], "fraction": 1.0, "seed": 3, "error": "…"}
    (entry,) = summarise([plain(1, accuracy=0.4), plain(2, accuracy=0.6), failed])
    assert entry["mean"] == pytest.approx(0.5) and entry["n"] == 2
    assert entry["std"] == pytest.approx(0.1414214)
    assert summarise([failed]) == []


def test_no_interval_leaves_what_a_share_can_be() -> None:
    (entry,) = summarise([plain(1, accuracy=0.9), plain(2, accuracy=1.0)])
    low, high = student_interval([0.9, 1.0]) or (0.0, 0.0)
    assert high > 1 and entry["ci95"] == (low, 1.0)
    whole = np.ones((2, 5)) - [0.0, 0.1, 0.2, 0.0, 0.0]
    (entry,) = summarise(
        [plain(1, accuracy=1.0), plain(2, accuracy=1.0)], {(Entry("m", ("text",), 1.0), "accuracy"): whole}
    )
    assert entry["ci95"][0] < 0.95 and entry["ci95"][1] == 1


def test_the_reference_is_compared_with_its_equals_and_with_parts_of_it() -> None:
    mixer, other, text, pair = (
        Entry(*each, 1.0)
        for each in (("mmf_mixer", KEYS), ("b", KEYS), ("mmf_mixer", ("text",)), ("mmf_mixer", ("text", "audio")))
    )
    other_text, early = Entry("b", ("text",), 1.0), Entry("b", KEYS, 0.5)
    found = list(pairs([other, text, pair, other_text, early, mixer]))
    assert found == [(text, other_text), (mixer, other), (mixer, text), (mixer, pair), (mixer, other_text)]
    assert reference(["a", "mmf_mixer", "b"]) == "mmf_mixer" and reference(["a", "b"]) == "b"


def test_models_with_the_same_scores_do_not_differ(tmp_path: Path) -> None:
    first = row(tmp_path, "mmf_mixer", KEYS, 1.0, 0)
    (result,) = paired_by(PRECISION, [{**first, "model": "twin"}, first], tmp_path)
    assert (result["a"], result["b"], result["n"]) == ("mmf_mixer", "twin", 1)
    assert result["difference"] == 0 and result["relative"] == 0 and result["ci95"] == (0, 0)
    assert result["p"] == result["p_holm"] == 1 and not result["significant"]


def test_a_planted_difference_has_its_size_and_is_significant(tmp_path: Path) -> None:
    rows = [row(tmp_path, model, KEYS, 1.0, seed) for model in ("concat_mlp", "mmf_mixer") for seed in (0, 1, 2)]
    for name in (ACCURACY, PRECISION):
        (result,) = paired_by(name, rows, tmp_path)
        ours, theirs = ([each["metrics"][name] for each in part] for part in (rows[3:], rows[:3]))
        expected = sum(ours) / 3 - sum(theirs) / 3
        assert result["difference"] == pytest.approx(expected, abs=1e-6) and expected > 0.2
        assert result["relative"] == pytest.approx(expected / (sum(theirs) / 3), abs=1e-5)
        low, high = result["ci95"]
        assert 0 < low < expected < high < 0.45
        assert result["p"] == pytest.approx(2 / (PERMUTATIONS + 1)) and result["significant"]


def test_seeds_are_paired_and_those_that_one_model_lacks_left_out(tmp_path: Path) -> None:
    mine = [row(tmp_path, "mmf_mixer", KEYS, 1.0, seed) for seed in (0, 1, 2)]
    other = [row(tmp_path, "concat_mlp", KEYS, 1.0, seed) for seed in (2, 1)]
    (result,) = paired_by(ACCURACY, [*other, *mine], tmp_path)
    expected = sum(mine[seed]["metrics"][ACCURACY] - other[2 - seed]["metrics"][ACCURACY] for seed in (1, 2)) / 2
    assert result["n"] == 2 and result["difference"] == pytest.approx(expected, abs=1e-6)
    assert paired_by(ACCURACY, [other[0], mine[0]], tmp_path) == []


def test_holms_correction_is_over_all_tests_of_a_metric(comparison: dict[str, Any]) -> None:
    assert len(comparison["paired"]) == 2 * (3 + 1 + 3)  # three models at each fraction, and text alone
    for name in (ACCURACY, PRECISION):
        tests = sorted((each for each in comparison["paired"] if each["metric"] == name), key=lambda each: each["p"])
        stepped = [test["p"] * (7 - number) for number, test in enumerate(tests)]
        expected = [min(1, max(stepped[: number + 1])) for number in range(7)]
        assert [test["p_holm"] for test in tests] == pytest.approx(expected)


def test_the_summary_has_intervals_over_clips_and_seeds(comparison: dict[str, Any]) -> None:
    found = {
        (each["model"], each["fraction"], each["metric"], *each["modalities"]): each for each in comparison["summary"]
    }
    entry = found["mmf_mixer", 1.0, PRECISION, *KEYS]
    mixer = comparison["rows"][9:12]
    assert all((each["model"], each["fraction"]) == ("mmf_mixer", 1.0) for each in mixer)
    values = [each["metrics"][PRECISION] for each in mixer]
    assert entry["mean"] == pytest.approx(sum(values) / 3) and entry["n"] == 3
    low, high = entry["ci95"]
    assert low < min(values) < max(values) < high < low + 0.2
    student = found["mmf_mixer", 1.0, "group_macro_f1", *KEYS]  # from no scores: Student's, over three seeds
    f1 = [each["metrics"]["group_macro_f1"] for each in mixer]
    assert student["ci95"] == pytest.approx(student_interval(f1))
    assert found["majority", 1.0, ACCURACY, *KEYS]["std"] == 0
    assert comparison["training_clips"] == 400


def test_statistics_are_taken_from_their_file_while_nothing_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row(tmp_path, "mmf_mixer", KEYS, 1.0, 0)]
    first = statistics(rows, folder(), tmp_path)

    def never(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(room, "read_answers", never)
    again = statistics(rows, folder(), tmp_path)
    assert again.keys() == first.keys() and again["paired"] == first["paired"] and again["usage"] == first["usage"]
    (tmp_path / rows[0]["usage"]).write_text("{}")
    with pytest.raises(AssertionError, match="computed again"):
        statistics(rows, folder(), tmp_path)


def paired_by(metric: str, rows: list[dict[str, Any]], out: Path) -> list[dict[str, Any]]:
    return [each for each in statistics(rows, folder(), out)["paired"] if each["metric"] == metric]
