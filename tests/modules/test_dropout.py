"""Dropout in law, not in draws: what is kept, how often, and what becomes of the gradient."""

import pytest
import torch

from mmf_mixer.modules.dropout import Dropout


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_each_element_is_kept_with_probability_one_minus_p_and_scaled_up(p: float) -> None:
    torch.manual_seed(0)
    out = Dropout(p)(torch.full((400, 500), 3.0))
    kept = out != 0
    torch.testing.assert_close(out[kept], torch.full_like(out[kept], 3.0 / (1 - p)), rtol=2e-4, atol=0)
    spread = (p * (1 - p) / out.numel()) ** 0.5
    assert abs(kept.double().mean() - (1 - p)) < 4 * spread
    for axis in (0, 1):  # no row and no column has a lot of its own
        counts = kept.double().sum(axis)
        assert 0.8 < counts.var() / (p * (1 - p) * kept.shape[axis]) < 1.2


def test_one_level_of_65536_is_one() -> None:
    torch.manual_seed(0)
    kept = (Dropout(1 - 1 / 65536)(torch.ones(2**22)) != 0).sum()
    assert abs(kept - 64) < 4 * 8


def test_neighbours_that_share_a_draw_are_independent() -> None:
    torch.manual_seed(0)
    quads = Dropout(0.5)(torch.ones(100_000, 4)) != 0
    codes = (quads * torch.tensor([1, 2, 4, 8])).sum(1).bincount(minlength=16)
    assert (codes - 6250).abs().max() < 4 * (6250 * 15 / 16) ** 0.5


def test_the_gradient_goes_through_what_was_kept() -> None:
    torch.manual_seed(0)
    x = torch.randn(7, 9, requires_grad=True)
    out = Dropout(0.3)(x)
    out.sum().backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad * x, out)
    assert 0 < (x.grad == 0).sum() < 63


def test_a_seed_repeats_it_and_the_next_call_differs() -> None:
    drop, x = Dropout(0.5), torch.ones(64)
    torch.manual_seed(3)
    first, second = drop(x), drop(x)
    torch.manual_seed(3)
    torch.testing.assert_close(drop(x), first, rtol=0, atol=0)
    assert not torch.equal(first, second)


def test_it_takes_any_shape_layout_and_type() -> None:
    drop = Dropout(0.5)
    assert drop(torch.ones(())).shape == ()
    assert drop(torch.ones(0, 3)).shape == (0, 3)
    assert drop(torch.ones(3, 5).T).shape == (5, 3)
    assert set(drop(torch.ones(99, dtype=torch.bfloat16)).tolist()) == {0.0, 2.0}
    assert set(drop(torch.ones(99, dtype=torch.float64)).tolist()) == {0.0, 2.0}


def test_nothing_is_dropped_in_evaluation_or_at_zero_and_everything_at_one() -> None:
    x = torch.randn(50)
    assert Dropout(0.5).eval()(x) is x
    torch.testing.assert_close(Dropout(0.0)(x), x, rtol=0, atol=0)
    torch.testing.assert_close(Dropout(1.0)(x), torch.zeros(50), rtol=0, atol=0)


def test_compiled_it_drops_as_it_does_otherwise() -> None:
    drop = Dropout(0.3)
    x = torch.randn(40, 50, requires_grad=True)

    @torch.compile(backend="aot_eager", fullgraph=True)
    def twice(value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return drop(value), drop(value)

    torch.manual_seed(3)
    first, second = twice(x)
    torch.manual_seed(3)
    torch.testing.assert_close(drop(x), first, rtol=0, atol=0)
    assert not torch.equal(first, second)  # one draw does not serve for both
    first.sum().backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad * x, first)
