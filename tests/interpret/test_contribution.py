"""Contributions of a model whose gains can be computed by hand."""

import pytest
import torch

from mmf_mixer.interpret.cluster import Clusters
from mmf_mixer.interpret.contribution import class_gains, class_shares, gate, shares_of, token_gains
from mmf_mixer.interpret.scoring import mean_tokens, members_of
from mmf_mixer.interpret.stencil import Settings, optimise
from mmf_mixer.modules.tokens import TokenSequence
from tests.interpret import planted

SLICES = {"text": slice(0, 2), "audio": slice(2, 3)}


def test_the_gain_of_a_token_is_what_it_adds_to_the_baseline_through_the_stencil() -> None:
    weights = torch.tensor([[[1.0, 0.0], [2.0, 1.0], [0.0, -1.0]]])  # 1 class x 3 tokens x 2 channels
    tokens = TokenSequence(torch.tensor([[[3.0, 9.0], [2.0, 4.0], [0.0, 5.0]]]), torch.tensor([[True, True, True]]))
    baseline, gates = torch.ones(3, 2), torch.tensor([[1.0, 1.0], [0.5, 0.0], [1.0, 0.25]])

    def score(sequence: TokenSequence) -> torch.Tensor:
        return torch.einsum("bsc,lsc->bl", sequence.values, weights)

    column = torch.tensor([0])
    assert token_gains(score, tokens, column, gates, baseline).tolist() == [[2.0, 1.0, -1.0]]
    absent = TokenSequence(tokens.values, torch.tensor([[True, False, True]]))
    assert token_gains(score, absent, column, gates, baseline).tolist() == [[2.0, 0.0, -1.0]]


def test_only_tokens_that_exist_behind_an_open_gate_are_scored() -> None:
    scored: list[int] = []

    def score(sequence: TokenSequence) -> torch.Tensor:
        scored.append(len(sequence.values))
        return sequence.values.sum(dim=(1, 2)).unsqueeze(1)

    tokens = TokenSequence(torch.full((2, 3, 2), 5.0), torch.tensor([[True, True, True], [False, True, True]]))
    gates = torch.tensor([[1.0, 1.0], [0.5, 0.5], [0.0, 0.0]])
    gains = token_gains(score, tokens, torch.tensor([0, 0]), gates, torch.zeros(3, 2))
    assert gains.tolist() == [[10.0, 5.0, 0.0], [0.0, 5.0, 0.0]]
    assert scored == [2, 3]  # both samples bare, then three tokens


def test_gains_are_of_the_samples_of_each_class() -> None:
    model, _ = planted.material()
    tokens, targets = planted.samples()
    members, gates, baseline = members_of(targets), torch.ones(3, 9, planted.CHANNELS), mean_tokens(tokens)
    gains = class_gains(model.score, tokens, members, [0, 1, 2], gates, baseline)
    classes = targets.argmax(dim=1)
    alone = token_gains(model.score, tokens, classes, gates[0], baseline)
    torch.testing.assert_close(gains[classes, torch.arange(30)], alone)
    assert gains[0, members[1]].eq(0).all()


def test_shares_sum_to_one_and_negative_gains_cancel_within_a_modality_only() -> None:
    gains = torch.tensor([[3.0, -1.0, 2.0], [1.0, 3.0, -9.0], [-1.0, 0.0, -1.0]])
    shares = shares_of(gains, torch.ones(3, 3, dtype=torch.bool), SLICES)
    assert shares.modalities["text"].tolist() == [0.5, 1.0, 0.5]
    assert shares.modalities["audio"].tolist() == [0.5, 0.0, 0.5]
    assert shares.tokens.tolist() == [[0.5, 0.0, 0.5], [0.25, 0.75, 0.0], [0.25, 0.25, 0.5]]


def test_where_nothing_speaks_for_a_class_only_what_exists_shares() -> None:
    shares = shares_of(torch.zeros(2, 3), torch.tensor([[False, True, False], [False] * 3]), SLICES)
    assert shares.tokens.tolist() == [[0.0, 1.0, 0.0], [0.25, 0.25, 0.5]]
    assert shares.modalities["text"].tolist() == [1.0, 0.5]


def test_a_gate_weighs_stencils_by_the_size_of_their_clusters() -> None:
    stencils = torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]])
    assert gate(Clusters(stencils, (3, 1), 0.5, 1.0)).tolist() == [[0.75, 0.25]]
    signed = torch.tensor([[[-4.0, 2.0]]])
    assert gate(Clusters(signed, (1,), None, 1.0)).tolist() == [[1.0, 0.5]]


@pytest.mark.parametrize("carrier", ["data", "ones"])
def test_modality_shares_of_planted_classes(carrier: str) -> None:
    model, samples = planted.material()
    settings = Settings("data" if carrier == "data" else "ones", restarts=4)
    stencils = optimise(model.score, samples, model.slices(), [0, 1, 2], settings)
    gates = torch.stack([gate(Clusters(each, (1,) * 4, None, 1.0)) for each in stencils])
    tokens, targets = planted.samples()
    members = members_of(targets)
    gains = class_gains(model.score, tokens, members, [0, 1, 2], gates, mean_tokens(tokens))
    shares = class_shares(gains, tokens.mask, members, model.slices())
    expected = {"text": [1.0, 0.0, 0.0], "audio": [0.0, 0.75, 0.0], "video": [0.0, 0.25, 1.0]}
    for key, values in expected.items():
        assert shares.modalities[key].tolist() == pytest.approx(values, abs=0.05)
    assert shares.tokens.sum(dim=1).tolist() == pytest.approx([1.0] * 3)
    assert shares.tokens[1, 4].item() == pytest.approx(0.75, abs=0.05)  # the one token of audio that counts
