"""Shuffled weights: the same numbers elsewhere, and everything back in place afterwards."""

import pytest
import torch

from mmf_mixer.interpret.sanity import rank_correlation, shuffled_weights
from tests.models.test_fusion import batch, build


def test_weights_are_shuffled_within_and_back_after() -> None:
    model = build("mmf_mixer")
    before = {name: value.clone() for name, value in model.named_parameters()}
    scores = model.forward(batch())["scores"]
    with shuffled_weights(model, seed=0):
        for name, value in model.named_parameters():
            torch.testing.assert_close(value.flatten().sort().values, before[name].flatten().sort().values)
        assert not torch.allclose(model.forward(batch())["scores"], scores, atol=1e-3)
    torch.testing.assert_close(model.forward(batch())["scores"], scores, rtol=0, atol=0)


def test_weights_are_put_back_after_an_error() -> None:
    model = build("mmf_mixer")
    before = model.head.weight.clone()
    with pytest.raises(RuntimeError), shuffled_weights(model, seed=0):
        raise RuntimeError
    assert torch.equal(model.head.weight, before)


def test_rank_correlation_is_of_order_only_and_class_by_class() -> None:
    first = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 4.0]]])
    second = torch.stack([first[0].exp(), -first[1]])
    assert rank_correlation(first, second).tolist() == pytest.approx([1.0, -1.0])
