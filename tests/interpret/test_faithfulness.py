"""The measures on a linear model, whose curves can be computed by hand."""

import pytest
import torch

from mmf_mixer.interpret.estimates import estimate
from mmf_mixer.interpret.explain import ahead_of_random, one_label_each, verdict
from mmf_mixer.interpret.faithfulness import Faithfulness
from mmf_mixer.interpret.faithfulness import measure as measure_all
from mmf_mixer.interpret.scoring import Score
from mmf_mixer.modules.tokens import TokenSequence

TOKENS = 16
WORTH = torch.arange(TOKENS, 0, -1.0)  # the first token is worth 16, the last 1: 136 together
WHOLE = TokenSequence(torch.ones(2, TOKENS, 1), torch.ones(2, TOKENS, dtype=torch.bool))
BASELINE, FIRST = torch.zeros(TOKENS, 1), torch.zeros(2, dtype=torch.long)


def worth(tokens: TokenSequence) -> torch.Tensor:
    return (tokens.values.squeeze(2) * WORTH).sum(dim=1, keepdim=True)


def measure(score: Score, tokens: TokenSequence, classes: torch.Tensor, order: torch.Tensor) -> Faithfulness:
    return measure_all(score, tokens, classes, {"it": order}, BASELINE)["it"]


def test_the_right_order_against_the_curves_by_hand() -> None:
    found = measure(worth, WHOLE, FIRST, WORTH.expand(2, -1))
    left = torch.tensor([136.0 - WORTH[:gone].sum() for gone in range(17)])
    assert found.deletion.tolist() == pytest.approx([torch.trapezoid(left, dx=1 / 16).item()] * 2)
    assert found.insertion.tolist() == pytest.approx([torch.trapezoid(136 - left, dx=1 / 16).item()] * 2)
    gone = [0, 1, 2, 3, 8]  # 1, 5, 10, 20 and 50 % of 16
    lost = torch.tensor([WORTH[:count].sum() for count in gone])
    assert found.comprehensiveness.tolist() == pytest.approx([lost.mean().item()] * 2)
    assert found.sufficiency.tolist() == pytest.approx([(136 - lost).mean().item()] * 2)


def test_the_wrong_order_is_worse_in_every_way() -> None:
    right, wrong = (measure(worth, WHOLE, FIRST, sign * WORTH.expand(2, -1)) for sign in (1, -1))
    assert (right.deletion < wrong.deletion).all() and (right.insertion > wrong.insertion).all()
    assert (right.comprehensiveness > wrong.comprehensiveness).all() and (right.sufficiency < wrong.sufficiency).all()


def test_absent_tokens_are_left_alone_and_not_counted() -> None:
    mask = WHOLE.mask.clone()
    mask[:, :8] = False
    found = measure(worth, TokenSequence(WHOLE.values, mask), FIRST, WORTH.expand(2, -1))
    least = WORTH[:8].sum().item()
    assert found.deletion.min() > least
    untouched = measure(worth, TokenSequence(WHOLE.values, ~WHOLE.mask), FIRST, WORTH.expand(2, -1))
    assert untouched.deletion.tolist() == untouched.insertion.tolist() == [136.0, 136.0]


def test_each_sample_is_measured_on_its_own_class() -> None:
    def two(tokens: TokenSequence) -> torch.Tensor:
        return torch.cat([worth(tokens), torch.zeros(len(tokens.values), 1)], dim=1)

    found = measure(two, WHOLE, torch.tensor([0, 1]), WORTH.expand(2, -1))
    assert found.deletion[0] > 0 and found.deletion[1] == 0


def test_what_several_orders_have_in_common_is_scored_once() -> None:
    scored: list[torch.Tensor] = []

    def counted(tokens: TokenSequence) -> torch.Tensor:
        scored.extend(tokens.values)
        return worth(tokens)

    same = {name: WORTH.expand(2, -1) for name in ("one", "two")}
    found = measure_all(counted, WHOLE, FIRST, {**same, "reverse": -WORTH.expand(2, -1)}, BASELINE)
    assert len(scored) == 2 * (2 + 15 + 15)  # whole, empty, and the parts between, from either end
    assert torch.equal(found["one"].deletion, found["two"].deletion)
    assert torch.equal(found["reverse"].deletion, measure(worth, WHOLE, FIRST, -WORTH.expand(2, -1)).deletion)


def test_an_estimate_is_a_mean_with_its_bootstrap_interval() -> None:
    values = torch.randn(400, generator=torch.Generator().manual_seed(0)) + 2.0
    found = estimate(values)
    assert found.mean == pytest.approx(values.mean().item())
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std().item() / 20, rel=0.1)
    assert estimate(values) == found
    assert estimate(torch.tensor([3.0])).high == 3.0


def faithful(deletion: float, insertion: float) -> Faithfulness:
    spread = torch.linspace(-0.01, 0.01, 50)
    return Faithfulness(deletion + spread, insertion + spread, spread, spread)


def test_the_verdict_names_what_is_not_ahead_of_a_random_order() -> None:
    chance, good = faithful(0.5, 0.5), faithful(0.2, 0.9)
    ahead = ahead_of_random({"random": chance, "stencils": good, "masks_alone": good})
    assert ahead["stencils, deletion"].mean == pytest.approx(0.3)
    assert verdict(ahead).startswith("The stencils, and their masks alone, are more faithful")
    poor = ahead_of_random({"random": chance, "stencils": good, "masks_alone": faithful(0.2, 0.4)})
    assert "not shown to be more faithful" in verdict(poor) and verdict(poor).endswith(": masks_alone, insertion.")


def test_each_sample_gets_one_of_its_labels() -> None:
    targets = torch.tensor([[1.0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    which, classes = one_label_each(targets, [0, 1, 2], seed=0)
    assert which.tolist() == [0, 1]
    assert targets[which, classes].tolist() == [1.0, 1.0]
    drawn = {int(one_label_each(targets, [0, 1, 2], seed)[1][0]) for seed in range(20)}
    assert drawn == {0, 2}
