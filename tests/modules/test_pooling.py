"""Learned pooling: averages of the tokens by position and by content, side by side."""

from math import log

import pytest
import torch

from mmf_mixer.modules.pooling import LearnedPooling

SEQUENCE = torch.tensor([[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]])  # B x S x C = 1 x 3 x 2
ALL = torch.tensor([[True, True, True]])


def test_half_weigh_by_position_and_half_by_content() -> None:
    pooling = LearnedPooling(tokens=3, channels=2, pools=2)
    with torch.no_grad():
        pooling.positions.weight.copy_(torch.tensor([[1.0, 2.0, 0.0]]))
        pooling.positions.bias.copy_(torch.tensor([0.5]))
        pooling.queries.copy_(torch.tensor([[log(2.0), 0.0]]))  # weights 2, 4, 8
    content = [(2 * 1 + 4 * 2 + 8 * 3) / 14, (2 * 10 + 4 * 20 + 8 * 30) / 14]
    assert pooling(SEQUENCE, ALL)[0].tolist() == pytest.approx([5.5, 50.5, *content])


def test_content_does_not_weigh_what_is_absent() -> None:
    pooling = LearnedPooling(tokens=3, channels=2, pools=2)
    by_content = pooling(SEQUENCE, torch.tensor([[False, True, False]]))[0, 2:]
    torch.testing.assert_close(by_content, SEQUENCE[0, 1])


def test_content_weighs_all_tokens_where_none_exists() -> None:
    pooling = LearnedPooling(tokens=3, channels=2, pools=2)
    torch.testing.assert_close(pooling(SEQUENCE, ~ALL), pooling(SEQUENCE, ALL))


def test_content_may_be_anywhere() -> None:
    pooling, sequence, mask = LearnedPooling(5, 3, 4), torch.randn(2, 5, 3), torch.ones(2, 5, dtype=torch.bool)
    pooled, turned = (pooling(values, mask).view(2, 4, 3) for values in (sequence, sequence.flip(1)))
    torch.testing.assert_close(pooled[:, 2:], turned[:, 2:])
    assert not torch.allclose(pooled[:, :2], turned[:, :2])


def test_a_single_average_weighs_by_position() -> None:
    pooling = LearnedPooling(tokens=5, channels=3, pools=1)
    torch.nn.init.constant_(pooling.positions.weight, 1 / 5)
    torch.nn.init.zeros_(pooling.positions.bias)
    sequence = torch.randn(4, 5, 3)
    torch.testing.assert_close(pooling(sequence, torch.ones(4, 5, dtype=torch.bool)), sequence.mean(dim=1))


def test_what_is_sought_at_first_is_no_longer_for_more_channels() -> None:
    queries = LearnedPooling(tokens=3, channels=100, pools=20).queries
    assert 0.09 < queries.abs().max() <= 0.1  # uniform up to 1 / sqrt(channels)
