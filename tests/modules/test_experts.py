"""Heads of single modalities, and the pool of their opinions, against weights that can be found by hand."""

from math import log

import pytest
import torch

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.modules.experts import HEAVIEST, ModalityExperts, OpinionPool
from mmf_mixer.modules.tokens import TokenSequence

LABELS = Labels((LabelGroup("one", True, ("a", "b")), LabelGroup("open", False, ("x",))))
TARGETS = torch.tensor([[1.0, 0, 1], [0, 1, 0], [1, 0, 0], [0, 1, 1]])


def right(*signs: float) -> torch.Tensor:
    """A head's scores, 4 x 3: right about each clip by half, or wrong, so that a group's probability is sigmoid(1)."""
    return torch.tensor(signs)[:, None] * (2 * TARGETS - 1) * torch.tensor([0.5, 0.5, 1.0])


def test_a_head_is_as_sure_as_it_is_right() -> None:
    pool = OpinionPool(1, 3)
    pool.fit(torch.stack([right(1, 1, 1, -1)], dim=1), TARGETS, LABELS)
    # three of four clips are right: sigmoid(weight) = 3/4
    assert pool.weights.flatten().tolist() == pytest.approx([log(3)] * 3, abs=1e-4)


def test_each_group_trusts_the_head_that_knows_it() -> None:
    pool = OpinionPool(2, 3)
    one, other = right(1, 1, 1, -1), right(1, -1, -1, 1)
    swapped = [torch.cat([a[:, :2], b[:, 2:]], dim=1) for a, b in ((one, other), (other, one))]
    pool.fit(torch.stack(swapped, dim=1), TARGETS, LABELS)
    first, second = pool.weights
    assert first[0] == first[1] > second[0] and second[2] > first[2]
    assert (pool.weights >= 0).all()


def test_weights_stay_finite_without_an_error() -> None:
    pool = OpinionPool(1, 3)
    pool.fit(torch.stack([right(1, 1, 1, 1)], dim=1), TARGETS, LABELS)
    assert (pool.weights <= HEAVIEST).all() and (pool.weights > 1).all()


def test_each_head_counts_by_its_weights_and_once_before_they_are_fitted() -> None:
    pool, scores = OpinionPool(2, 3), torch.randn(4, 2, 3)
    torch.testing.assert_close(pool(scores), scores[:, 0] + scores[:, 1])
    pool.weights.copy_(torch.tensor([[2.0, 2, 0], [0, 0, 3]]))
    torch.testing.assert_close(pool(scores), torch.cat([2 * scores[:, 0, :2], 3 * scores[:, 1, 2:]], dim=1))


def test_each_head_reads_its_own_modality_and_says_nothing_without_it() -> None:
    torch.manual_seed(0)
    experts = ModalityExperts({"text": slice(0, 2), "audio": slice(2, 5)}, channels=4, pools=2, labels=3)
    values = torch.randn(2, 5, 4)
    mask = torch.tensor([[True] * 5, [True, True, False, False, False]])
    scores, present = experts(TokenSequence(values, mask))
    assert present.tolist() == [[True, True], [True, False]]
    assert scores[0].all() and scores[1, 0].all() and not scores[1, 1].any()
    values[:, 2:] += torch.randn(3, 4)
    changed = experts(TokenSequence(values, mask)).scores
    torch.testing.assert_close(changed[:, 0], scores[:, 0])
    assert (changed[0, 1] != scores[0, 1]).all()
