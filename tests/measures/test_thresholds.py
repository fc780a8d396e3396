"""Thresholds by hand."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.errors import InputError
from mmf_mixer.measures.thresholds import best_threshold, decide, read_thresholds, tune

LABELS = Labels((LabelGroup("activity", True, ("a", "b")), LabelGroup("event", False, ("x", "y"))))
SCORES = torch.tensor([[2.0, 1.0, -1.0, -3.0], [1.0, 2.0, -2.0, -1.0], [1.0, 2.0, -3.0, -2.0], [0.0, 5.0, -4.0, -9.0]])
TARGETS = torch.tensor([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])


@pytest.mark.parametrize(
    ("sure", "true", "expected"),
    [
        ([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1], 0.25),  # parts them
        ([0.1, 0.2, 0.3, 0.4], [0, 1, 0, 1], 0.15),  # 2 of 3 found right (F1 4/5) is better than 1 of 1 (F1 2/3)
        ([0.1, 0.2, 0.3, 0.4], [1, 1, 1, 1], 0.1),  # all of them
        ([0.1, 0.2, 0.3, 0.4], [0, 0, 0, 0], 0.5),  # nothing to go by
        ([0.3, 0.3, 0.1, 0.1], [1, 0, 0, 0], 0.2),  # clips of the same probability stand or fall together
    ],
)
def test_best_threshold_by_hand(sure: list[float], true: list[float], expected: float) -> None:
    assert best_threshold(np.array(sure, np.float32), np.array(true, np.float32)) == pytest.approx(expected)


def test_no_other_threshold_has_a_higher_f1() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        sure, true = rng.random(30).round(1), rng.integers(0, 2, 30)
        at = best_threshold(sure.astype(np.float32), true.astype(np.float32))
        others = [f1_score(true, sure > other, zero_division=0) for other in np.arange(-0.05, 1.1, 0.1)]
        assert f1_score(true, sure.astype(np.float32) >= at) == pytest.approx(max(others))


def test_only_open_groups_have_thresholds_and_rare_labels_are_found_with_them() -> None:
    tuned = tune(SCORES, TARGETS, LABELS)
    between = torch.tensor([-2.0, -3.0]).sigmoid().mean().item()
    assert tuned == {"event/x": pytest.approx(between), "event/y": 0.5}
    assert decide(SCORES, LABELS, tuned).tolist() == [[1, 0, 1, 0], [0, 1, 1, 0], [0, 1, 0, 0], [0, 1, 0, 0]]
    assert decide(SCORES, LABELS, {})[:, 2].tolist() == [0, 0, 0, 0]


def test_a_probability_at_its_threshold_counts() -> None:
    assert decide(torch.tensor([[1.0, 0.0, 0.0, -0.1]]), LABELS, {}).tolist() == [[1, 0, 1, 0]]


def test_absent_and_damaged_thresholds_get_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"thresholds\.json: there is no such file; train with"):
        read_thresholds(tmp_path)
    for text in ("{", "[1]", '{"a": null}'):
        (tmp_path / "thresholds.json").write_text(text)
        with pytest.raises(InputError, match="no mapping from labels to numbers"):
            read_thresholds(tmp_path)
