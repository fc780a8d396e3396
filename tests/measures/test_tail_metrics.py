"""Mean average precision of head, medium and tail labels, by hand."""

import pytest
import torch
from mmf.common.registry import registry
from torch import Tensor

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.measures.tail_metrics import frequency_band

LABELS = Labels((LabelGroup("event", False, ("a", "b", "c", "d", "e")),))
COUNTS = torch.tensor([500, 101, 60, 19, 1])
SCORES = torch.tensor([[4.0, 1.0, 1.0, 3.0, 0.0], [3.0, 4.0, 2.0, 2.0, 0.0], [2.0, 3.0, 3.0, 1.0, 0.0]])
TARGETS = torch.tensor([[1.0, 0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0, 0.0]])


@pytest.fixture(autouse=True)
def toy() -> None:
    registry.register("toy_label_groups", LABELS)
    registry.register("toy_training_positives", COUNTS)


def value(part: str, targets: Tensor = TARGETS) -> float:
    metric = registry.get_metric_class(f"{part}_mean_average_precision")()
    return float(metric.calculate({"targets": targets, "dataset_name": "toy"}, {"scores": SCORES}))


@pytest.mark.parametrize(
    ("positives", "part"), [(101, "head"), (100, "medium"), (20, "medium"), (19, "tail"), (0, "tail")]
)
def test_labels_are_divided_by_their_training_clips(positives: int, part: str) -> None:
    assert frequency_band(positives) == part


def test_each_part_by_hand() -> None:
    assert value("head") == pytest.approx((1 + 1 / 2) / 2)  # a comes first, b second
    assert value("medium") == pytest.approx(1 / 3)  # c comes last
    assert value("tail") == pytest.approx(1 / 3)  # d comes last; e has no positive clip and does not count


def test_a_part_without_anything_to_measure_is_minus_one() -> None:
    registry.register("toy_training_positives", torch.tensor([500, 101, 60, 60, 60]))
    assert value("tail") == -1
    assert value("head", torch.zeros(3, 5)) == -1


def test_unreadable_clips_are_left_out() -> None:
    spoilt = TARGETS.clone()
    spoilt[1] = -1
    assert value("medium", spoilt) == pytest.approx(1 / 2)
    assert value("medium", torch.full((3, 5), -1.0)) == -1
