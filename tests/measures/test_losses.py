"""The loss of label groups against torch's own losses, group by group."""

from math import log

import pytest
import torch
from mmf.common.registry import registry
from mmf.modules.losses import MMFLoss
from omegaconf import OmegaConf
from torch.nn import functional as F

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.errors import InputError
from mmf_mixer.measures.losses import AsymmetricSettings, asymmetric_loss, background_scores, doubtful_loss
from mmf_mixer.measures.register import ExpertsLoss, LabelGroupsLoss
from mmf_mixer.registered import register_labels

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


def logits(*probabilities: float) -> torch.Tensor:
    return torch.tensor([[log(p / (1 - p)) for p in probabilities]])


def test_asymmetric_loss_by_hand() -> None:
    # a positive at 0.8, a negative at 0.35 that the margin takes to 0.3, and one at 0.04 that it takes to nothing
    settings = AsymmetricSettings(gamma_positive=1.0, gamma_negative=2.0, margin=0.05)
    loss = asymmetric_loss(logits(0.8, 0.35, 0.04), torch.tensor([[1.0, 0.0, 0.0]]), settings).mean()
    assert loss.item() == pytest.approx(-(0.2 * log(0.8) + 0.3**2 * log(0.7)) / 3, rel=1e-5)


def test_asymmetric_loss_without_settings_is_binary_cross_entropy() -> None:
    torch.manual_seed(0)
    scores, targets = 20 * torch.randn(4, 5), (torch.rand(4, 5) < 0.5).float()
    expected = F.binary_cross_entropy_with_logits(scores, targets)
    torch.testing.assert_close(asymmetric_loss(scores, targets, AsymmetricSettings()).mean(), expected)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 4.0])
@pytest.mark.parametrize("margin", [0.0, 0.05])
def test_asymmetric_loss_has_gradients_at_any_score(gamma: float, margin: float) -> None:
    scores = torch.tensor([[-80.0, -1.0, 0.0, 1.0, 80.0]] * 2, requires_grad=True)
    targets = torch.tensor([[0.0] * 5, [1.0] * 5])
    loss = asymmetric_loss(scores, targets, AsymmetricSettings(gamma, gamma, margin)).mean()
    loss.backward()
    assert loss.isfinite() and scores.grad is not None and scores.grad.isfinite().all()


def test_mmf_builds_the_loss_with_params_and_exclusive_groups_pay_them_no_heed() -> None:
    params = {"gamma_negative": 4.0, "margin": 0.05}
    loss = MMFLoss(OmegaConf.create({"type": "label_groups", "params": params})).loss_criterion
    torch.manual_seed(0)
    scores, targets = torch.randn(2, 5), torch.tensor([[1.0, 0, 0, 0, 1], [0, 1.0, 0, 0, 0]])
    expected = (
        F.cross_entropy(scores[:, :3], torch.tensor([0, 1]))
        + asymmetric_loss(scores[:, 3:], targets[:, 3:], AsymmetricSettings(**params)).mean()
    ) / 2
    torch.testing.assert_close(loss({"targets": targets, "dataset_name": "toy"}, {"scores": scores}), expected)


def test_unknown_params_get_one_sentence() -> None:
    with pytest.raises(InputError, match="losses: label_groups: nothing reads 'gamma_negativ': did you mean"):
        LabelGroupsLoss(gamma_negativ=4.0)
    with pytest.raises(InputError, match="margin cannot be 'wide'; it is float"):
        LabelGroupsLoss(margin="wide")


def test_the_loss_of_experts_is_over_the_clips_that_have_the_modality() -> None:
    torch.manual_seed(0)
    targets = torch.tensor([[1, 0, 0, 1, 0], [0, 1, 0, 0, 0], [-1] * 5, [0, 0, 1, 1, 1]]).float()
    sample = {"targets": targets, "dataset_name": "toy"}
    opinions = torch.randn(4, 2, 5)
    output = {
        "scores": torch.zeros(4, 5),
        "expert_scores": opinions,
        "expert_present": torch.tensor([[True, True], [False, True], [True, True], [False, True]]),
    }

    def alone(expert: int, *clips: int) -> torch.Tensor:
        part = {"targets": targets[list(clips)], "dataset_name": "toy"}
        return LabelGroupsLoss()(part, {"scores": opinions[list(clips), expert]})

    expected = alone(0, 0) / 3 + alone(1, 0, 1, 3)
    torch.testing.assert_close(ExpertsLoss()(sample, output), expected)


def test_shares_of_a_batch_add_up_to_its_loss_of_experts() -> None:
    torch.manual_seed(0)
    targets = F.one_hot(torch.arange(6) % 3, 5).float()
    output = {
        "scores": torch.zeros(6, 5),
        "expert_scores": torch.randn(6, 3, 5),
        "expert_present": torch.rand(6, 3) < 0.5,
    }

    def loss(*clips: int) -> torch.Tensor:
        part = {name: value[list(clips)] for name, value in output.items()}
        return ExpertsLoss()({"targets": targets[list(clips)], "dataset_name": "toy"}, part)

    torch.testing.assert_close((4 * loss(0, 1, 2, 3) + 2 * loss(4, 5)) / 6, loss(*range(6)))


def test_the_loss_of_experts_wants_experts() -> None:
    sample, scores = {"targets": torch.zeros(1, 5), "dataset_name": "toy"}, torch.zeros(1, 5)
    with pytest.raises(InputError, match="a model with a head for each modality"):
        ExpertsLoss()(sample, {"scores": scores})
    none = {"scores": scores, "expert_scores": torch.zeros(1, 0, 5), "expert_present": torch.zeros(1, 0)}
    assert ExpertsLoss()(sample, none) == 0


def test_one_who_has_not_heard_the_clip_knows_how_frequent_labels_are() -> None:
    scores = background_scores(torch.tensor([5, 2, 0, 7, 1]), 7, LABELS)
    torch.testing.assert_close(scores[:3].softmax(dim=0), torch.tensor([0.6, 0.3, 0.1]))
    torch.testing.assert_close(scores[3:].sigmoid(), torch.tensor([8 / 9, 2 / 9]))


def test_doubtful_loss_by_hand() -> None:
    # the clip's activity has probability 1/2 and each of its events 1/4; by the background 1/3 and 1/2
    scores = torch.cat([torch.tensor([[log(2.0), 0.0, 0.0]]), logits(0.25, 0.75)], dim=1)
    targets = torch.tensor([[1.0, 0, 0, 1, 0]])
    loss = doubtful_loss(scores, targets, LABELS, torch.zeros(5), torch.tensor(log(4)))
    assert loss.item() == pytest.approx(-log(4 / 5 * 1 / 2 * 1 / 4 + 1 / 5 * 1 / 3 * 1 / 2) / 2)


def test_what_contradicts_the_clip_is_hardly_learned() -> None:
    register_labels("toy", LABELS, torch.full((5,), 4), 12)
    targets = torch.tensor([[1.0, 0, 0, 1, 0], [0, 1.0, 0, 0, 1]])
    sure = 6.0 * torch.tensor(
        [[1.0, -1, -1, 1, -1], [1.0, -1, -1, 1, -1]]
    )  # right of the first clip, not of the second

    def gradient(belief: dict[str, torch.Tensor]) -> torch.Tensor:
        scores = sure[:, None].clone().requires_grad_()
        output = {"scores": sure, "expert_scores": scores, "expert_present": torch.ones(2, 1, dtype=torch.bool)}
        loss = ExpertsLoss()({"targets": targets, "dataset_name": "toy"}, output | belief)
        (found,) = torch.autograd.grad(loss, scores)
        return found.abs().sum(dim=(1, 2))

    plain, certain, doubtful = (
        gradient(belief)
        for belief in ({}, {"expert_belief": torch.tensor([torch.inf])}, {"expert_belief": torch.tensor([2.0])})
    )
    torch.testing.assert_close(plain, certain)
    assert doubtful[1] < 0.01 * plain[1] and doubtful[0] > 0.9 * plain[0]
