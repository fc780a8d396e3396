"""Metrics of label groups on cases small enough to work out by hand."""

import pytest
import torch
from mmf.common.registry import registry

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.measures.metrics import clip_accuracies, group_accuracy, macro_f1, mean_average_precision

LABELS = Labels((LabelGroup("activity", True, ("a", "b")), LabelGroup("event", False, ("x", "y"))))
SCORES = torch.tensor([[2.0, 1.0, 3.0, -3.0], [2.0, 1.0, -3.0, 3.0], [1.0, 2.0, 1.0, 3.0], [0.0, 5.0, -1.0, -2.0]])
TARGETS = torch.tensor([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 0.0, 0.0]])


def test_group_accuracy() -> None:
    # activity: 3 of 4 right; events: x right in rows 0, 3; y right in rows 0, 2, 3: 5 of 8
    assert group_accuracy(SCORES, TARGETS, LABELS) == pytest.approx((3 / 4 + 5 / 8) / 2)


def test_accuracy_of_each_clip() -> None:
    # activity right in rows 0, 2, 3; events: one of two right in rows 1 and 2, both in rows 0 and 3 but x in row 2
    assert clip_accuracies(SCORES, TARGETS, LABELS).tolist() == [1.0, 0.0, 0.75, 1.0]


def test_mean_average_precision_is_not_the_area_under_roc() -> None:
    # a: ranks by softmax rows 0 = 1 first, so 1; b: positives 3, 2 first, then 0/1 tie: 1/3 + 1/3 + (1/3)(3/4)
    # x: order 0, 2, 3, 1; positives at ranks 1 and 4: 1/2 (1 + 2/4); y: rows 1 and 2 tie at 3: precision 1/2
    a, b, x, y = 1 / 2, 2 / 3 + 3 / 4 / 3, (1 + 2 / 4) / 2, 1 / 2
    assert mean_average_precision(SCORES, TARGETS, LABELS) == pytest.approx((a + b + x + y) / 4)


def test_macro_f1() -> None:
    # a: 1 of 2 guesses, 1 of 1 found; b: 2 of 2, 2 of 3; x: guesses 0, 2 of positives 0, 1; y: guesses 1, 2 of 2
    expected = (2 / 3 + 4 / 5 + 1 / 2 + 2 / 3) / 4
    assert macro_f1(SCORES, TARGETS, LABELS) == pytest.approx(expected)


def test_macro_f1_of_a_single_label() -> None:
    # guesses in rows 0 and 2, positives in rows 0 and 1
    labels = Labels((LabelGroup("event", False, ("x",)),))
    assert macro_f1(SCORES[:, 2:3], TARGETS[:, 2:3], labels) == pytest.approx(1 / 2)


def test_macro_f1_leaves_out_labels_that_do_not_occur() -> None:
    without = TARGETS.clone()
    without[:, 3] = 0  # nothing has y; it is guessed in rows 1 and 2
    assert macro_f1(SCORES, without, LABELS) == pytest.approx((2 / 3 + 4 / 5 + 1 / 2) / 3)
    assert macro_f1(SCORES, torch.zeros(4, 4), LABELS) == 0


@pytest.mark.parametrize("name", ["group_accuracy", "mean_average_precision", "group_macro_f1"])
def test_registered_metrics_leave_out_unreadable_clips(name: str) -> None:
    registry.register("toy_label_groups", LABELS)
    metric = registry.get_metric_class(name)()
    spoilt = torch.cat([TARGETS, torch.full((1, 4), -1.0)])
    sample = {"targets": spoilt, "dataset_name": "toy"}
    whole = metric.calculate({"targets": TARGETS, "dataset_name": "toy"}, {"scores": SCORES})
    assert metric.calculate(sample, {"scores": torch.cat([SCORES, 9 * torch.ones(1, 4)])}) == whole
