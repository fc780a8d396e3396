"""The pool of those who belong together, against Bayes' rule by hand and against planted captions of other clips."""

from math import log

import pytest
import torch
from torch import Tensor

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.measures.metrics import predictions
from mmf_mixer.modules.agreement import BELIEF, AgreementPool
from mmf_mixer.modules.experts import OpinionPool

WORDS = Labels(
    (
        *(LabelGroup(f"word{place}", True, ("a", "b", "c", "d")) for place in range(4)),
        LabelGroup("open", False, ("x", "y")),
        LabelGroup("caption", True, ("own", "other")),
    )
)


def pool_of(heads: int, labels: Labels, belief: float) -> AgreementPool:
    """A pool whose weights are 1, with this belief in every modality."""
    pool = AgreementPool(heads, len(labels))
    for number, (group, columns) in enumerate(labels.slices()):
        pool.group[columns] = number if group.exclusive else -1
    pool.belief.fill_(belief)
    return pool


def planted(clips: int, seed: int) -> tuple[Tensor, Tensor]:
    """Scores of fusion, text, audio and video, clips x 4 x L, and targets: the text is sure, of another clip in half of
    the clips; sound is right in 2 of 3, pictures in 1 of 2; the fusion says nothing, and nobody speaks of `caption`."""
    draw = torch.Generator().manual_seed(seed)
    said = [torch.randint(4, (clips,), generator=draw) for _ in range(4)]
    other = torch.rand(clips, generator=draw) < 0.5
    happens = (torch.rand(clips, 2, generator=draw) < 0.5).float()
    scores = torch.zeros(clips, 4, len(WORDS))
    for head, (right, sure) in enumerate([(1.0, 6.0), (0.67, 2.0), (0.5, 1.1)], start=1):
        strange = other & (head == 1)
        for place, word in enumerate(said):
            chance = torch.where(strange, 0.25, right)
            wrong = (word + torch.randint(1, 4, (clips,), generator=draw)) % 4
            heard = torch.where(torch.rand(clips, generator=draw) < chance, word, wrong)
            scores[torch.arange(clips), head, 4 * place + heard] = sure
        chance = torch.where(strange, 0.5, (1 + right) / 2)[:, None]
        heard = torch.where(torch.rand(clips, 2, generator=draw) < chance, happens, 1 - happens)
        scores[:, head, 16:18] = sure * (2 * heard - 1)
    hot = [torch.nn.functional.one_hot(word, 4) for word in said]
    return scores, torch.cat([*hot, happens, torch.stack([~other, other], dim=1)], dim=1).float()


def accuracies(scores: Tensor, targets: Tensor) -> dict[str, float]:
    """By group the share of clips of which it is right."""
    return {
        group.name: (predictions(scores[:, at], group) == targets[:, at]).all(dim=1).float().mean().item()
        for group, at in WORDS.slices()
    }


def test_a_label_that_only_a_comparison_tells_and_labels_that_a_wrong_caption_does_not_spoil() -> None:
    known, asked = planted(96, seed=0), planted(400, seed=1)
    right = {}
    for kind in (OpinionPool, AgreementPool):
        pool = kind(4, len(WORDS))
        pool.fit(*known, WORDS)
        right[kind] = accuracies(pool(asked[0]), asked[1])
    compared, added = right[AgreementPool], right[OpinionPool]
    assert added.pop("caption") < 0.6 and compared.pop("caption") > 0.8
    assert sum(compared.values()) / len(compared) > sum(added.values()) / len(added) + 0.03


def test_who_belongs_is_bayes_rule() -> None:
    labels = Labels((LabelGroup("one", True, ("a", "b")), LabelGroup("open", False, ("x",))))
    pool = pool_of(3, labels, belief=log(3))  # each modality belongs with 3/4
    # of the first group 0.8 and 0.4 for its first label, of the second 0.8 and 0.6
    said = torch.tensor([[[0.0, 0, 0], [log(4), 0, log(4)], [log(2 / 3), 0, log(1.5)]]])
    agree = 2 * (0.8 * 0.4 + 0.2 * 0.6) * 2 * (0.8 * 0.6 + 0.2 * 0.4)
    expected = torch.tensor([9 / 16 * agree, 3 / 16, 3 / 16, 1 / 16])
    torch.testing.assert_close(pool.sets_said(said).exp()[0], expected / expected.sum())
    both, first, second, none = expected / expected.sum()
    together = 0.8 * 0.4 / (0.8 * 0.4 + 0.2 * 0.6), 0.8 * 0.6 / (0.8 * 0.6 + 0.2 * 0.4)
    pooled = pool(said)[0]
    assert pooled[0].exp().item() == pytest.approx((both * together[0] + first * 0.8 + second * 0.4 + none / 2).item())
    assert pooled[2].sigmoid().item() == pytest.approx(
        (both * together[1] + first * 0.8 + second * 0.6 + none / 2).item()
    )


def test_before_it_is_fitted_it_is_the_plain_pool() -> None:
    torch.manual_seed(0)
    scores = 5 * torch.randn(6, 4, len(WORDS))
    pool = pool_of(4, WORDS, belief=torch.inf)
    plain = OpinionPool(4, len(WORDS))(scores)
    for group, at in WORDS.slices():
        expected = plain[:, at].log_softmax(dim=1) if group.exclusive else plain[:, at]
        torch.testing.assert_close(pool(scores)[:, at], expected)


def test_a_modality_without_an_opinion_is_believed_as_before_and_changes_nothing() -> None:
    torch.manual_seed(0)
    scores = torch.randn(5, 4, len(WORDS))
    scores[:, 3] = 0
    pool, without = (pool_of(heads, WORDS, belief=0.5) for heads in (4, 3))
    torch.testing.assert_close(pool(scores), without(scores[:, :3]))
    belongs = pool.sets_said(scores).exp()[:, pool.sets[:, 2]].sum(dim=1)
    torch.testing.assert_close(belongs, torch.full((5,), 0.5).sigmoid())


def test_where_all_belong_it_believes_so_and_weighs_as_the_plain_pool() -> None:
    scores, targets = planted(300, seed=2)
    own = targets[:, -2] == 1
    scores, targets = scores[own], targets[own]
    pool, plain = AgreementPool(4, len(WORDS)), OpinionPool(4, len(WORDS))
    pool.fit(scores, targets, WORDS)
    plain.fit(scores, targets, WORDS)
    assert (pool.belief > BELIEF - 0.5).all()
    same = [a == b for a, b in zip(*(accuracies(p(scores), targets).values() for p in (pool, plain)), strict=True)]
    assert all(same[:4])


def test_gradients_reach_every_opinion() -> None:
    torch.manual_seed(0)
    scores = torch.randn(3, 4, len(WORDS), requires_grad=True)
    for belief in (0.5, torch.inf):
        (gradient,) = torch.autograd.grad(pool_of(4, WORDS, belief)(scores)[:, ::3].sum(), scores)
        assert gradient.isfinite().all() and gradient.abs().sum(dim=(0, 2)).all()


def test_the_state_of_a_plain_pool_makes_a_plain_pool() -> None:
    torch.manual_seed(0)
    plain, pool = OpinionPool(4, len(WORDS)), AgreementPool(4, len(WORDS))
    plain.weights.copy_(torch.rand(4, len(WORDS)))
    pool.load_state_dict(plain.state_dict())
    scores = torch.randn(5, 4, len(WORDS))
    torch.testing.assert_close(pool(scores), plain(scores))
