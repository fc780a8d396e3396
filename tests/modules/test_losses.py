"""The loss of label groups against torch's own losses, group by group."""

import pytest
import torch
from mmf.common.registry import registry
from torch.nn import functional as F

from mmf_mixer.datasets.schema import LabelGroup, Labels
from mmf_mixer.modules.losses import LabelGroupsLoss

LABELS = Labels((LabelGroup("activity", True, ("laugh", "run", "cook")), LabelGroup("event", False, ("goal", "fall"))))


@pytest.fixture(autouse=True)
def labels() -> None:
    registry.register("toy_label_groups", LABELS)


def test_mean_of_cross_entropy_and_binary_cross_entropy() -> None:
    torch.manual_seed(0)
    scores = torch.randn(4, 5)
    targets = torch.zeros(4, 5)
    targets[range(4), [0, 2, 1, 1]] = 1
    targets[0, 3] = targets[2, 4] = 1
    sample = {"targets": targets, "dataset_name": "toy"}
    expected = (
        F.cross_entropy(scores[:, :3], torch.tensor([0, 2, 1, 1]))
        + F.binary_cross_entropy_with_logits(scores[:, 3:], targets[:, 3:])
    ) / 2
    torch.testing.assert_close(LabelGroupsLoss()(sample, {"scores": scores}), expected)


def test_unreadable_clips_teach_nothing() -> None:
    torch.manual_seed(0)
    scores = torch.randn(3, 5, requires_grad=True)
    targets = torch.zeros(3, 5)
    targets[:, 0] = 1
    targets[1] = -1
    loss = LabelGroupsLoss()({"targets": targets, "dataset_name": "toy"}, {"scores": scores})
    loss.backward()
    assert scores.grad is not None
    assert scores.grad[1].abs().sum() == 0 and scores.grad[0].abs().sum() > 0
    kept = LabelGroupsLoss()({"targets": targets[[0, 2]], "dataset_name": "toy"}, {"scores": scores[[0, 2]]})
    torch.testing.assert_close(loss, kept)


def test_a_batch_without_a_readable_clip_has_no_gradient_and_no_nan() -> None:
    scores = torch.randn(2, 5, requires_grad=True)
    loss = LabelGroupsLoss()({"targets": torch.full((2, 5), -1.0), "dataset_name": "toy"}, {"scores": scores})
    loss.backward()
    assert loss.item() == 0 and scores.grad is not None and scores.grad.abs().sum() == 0
