"""Learned pooling: weighted sums of the tokens, side by side."""

import torch

from mmf_mixer.modules.pooling import LearnedPooling


def test_each_pool_is_a_weighted_sum_of_the_tokens() -> None:
    pooling = LearnedPooling(tokens=3, pools=2)
    with torch.no_grad():
        pooling.weights.weight.copy_(torch.tensor([[1.0, 2.0, 0.0], [0.0, 0.0, -1.0]]))
        pooling.weights.bias.copy_(torch.tensor([0.5, 0.0]))
    sequence = torch.tensor([[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]])  # B x S x C = 1 x 3 x 2
    assert pooling(sequence).tolist() == [[5.5, 50.5, -3.0, -30.0]]


def test_equal_weights_give_the_plain_average() -> None:
    pooling = LearnedPooling(tokens=5, pools=1)
    torch.nn.init.constant_(pooling.weights.weight, 1 / 5)
    torch.nn.init.zeros_(pooling.weights.bias)
    sequence = torch.randn(4, 5, 3)
    torch.testing.assert_close(pooling(sequence), sequence.mean(dim=1))
