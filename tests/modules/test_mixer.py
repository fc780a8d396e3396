"""The Mixer against the paper's equation, written out by hand."""

import pytest
import torch
from torch.nn import functional as F

from mmf_mixer.modules.mixer import MLP, Mixer, MixerBlock


def by_hand(block: MixerBlock, x: torch.Tensor) -> torch.Tensor:
    def mlp(module: MLP, values: torch.Tensor) -> torch.Tensor:
        first, second = module[0], module[3]
        return F.gelu(values @ first.weight.T + first.bias) @ second.weight.T + second.bias

    def norm(module: torch.nn.LayerNorm, values: torch.Tensor) -> torch.Tensor:
        centred = values - values.mean(-1, keepdim=True)
        return centred / (centred.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt() * module.weight + module.bias

    u = x + mlp(block.token_mlp, norm(block.token_norm, x).transpose(1, 2)).transpose(1, 2)
    return u + mlp(block.channel_mlp, norm(block.channel_norm, u))


def with_random_norms(block: MixerBlock) -> MixerBlock:
    for norm in (block.token_norm, block.channel_norm):
        torch.nn.init.normal_(norm.weight)
        torch.nn.init.normal_(norm.bias)
    return block


def test_block_is_equation_one_of_the_paper() -> None:
    torch.manual_seed(0)
    block = with_random_norms(MixerBlock(tokens=5, channels=8, token_width=7, channel_width=16))
    x = torch.randn(3, 5, 8)
    torch.testing.assert_close(block(x), by_hand(block, x), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("size", [(5, 8, 7, 16), (90, 32, 64, 48)])
def test_gradients_are_those_of_the_equation(size: tuple[int, int, int, int]) -> None:
    torch.manual_seed(0)
    block = with_random_norms(MixerBlock(*size)).double()
    x = torch.randn(3, *size[:2], dtype=torch.float64, requires_grad=True)
    upstream = torch.randn_like(x)
    wanted = torch.autograd.grad(by_hand(block, x), [x, *block.parameters()], upstream)
    given = torch.autograd.grad(block(x), [x, *block.parameters()], upstream)
    torch.testing.assert_close(given, wanted, rtol=1e-9, atol=1e-9)


def test_a_transposed_view_gives_what_its_copy_gives() -> None:
    torch.manual_seed(0)
    block = MixerBlock(tokens=5, channels=8, token_width=7, channel_width=16)
    x = torch.randn(5, 3, 8).transpose(0, 1)
    torch.testing.assert_close(block(x), block(x.contiguous()), rtol=1e-6, atol=1e-6)


def test_names_and_shapes_in_checkpoints() -> None:
    shapes = {name: tuple(value.shape) for name, value in Mixer(1, 5, 8, 7, 16).state_dict().items()}
    assert shapes == {
        **{f"0.{norm}.{part}": (8,) for norm in ("token_norm", "channel_norm") for part in ("weight", "bias")},
        **{"0.token_mlp.0.weight": (7, 5), "0.token_mlp.0.bias": (7,)},
        **{"0.token_mlp.3.weight": (5, 7), "0.token_mlp.3.bias": (5,)},
        **{"0.channel_mlp.0.weight": (16, 8), "0.channel_mlp.0.bias": (16,)},
        **{"0.channel_mlp.3.weight": (8, 16), "0.channel_mlp.3.bias": (8,)},
        **{"1.weight": (8,), "1.bias": (8,)},
    }


def test_compiles_into_one_graph_that_trains() -> None:
    torch.manual_seed(0)
    mixer = Mixer(blocks=1, tokens=5, channels=8, token_width=7, channel_width=16, dropout=0.5)
    x = torch.randn(3, 5, 8)
    torch.manual_seed(1)
    given = torch.compile(mixer, fullgraph=True, backend="aot_eager")(x)
    given.sum().backward()  # a gradient of stride zero
    assert all(parameter.grad is not None for parameter in mixer.parameters())
    torch.manual_seed(1)
    torch.testing.assert_close(given, mixer(x), rtol=1e-5, atol=1e-6)


def test_bfloat16_is_near_float32() -> None:
    torch.manual_seed(0)
    mixer = Mixer(blocks=2, tokens=5, channels=8, token_width=7, channel_width=16, dropout=0.1)
    x = torch.randn(3, 5, 8)
    with torch.autocast("cpu", torch.bfloat16):
        mixer(x).sum().backward()
        assert mixer[0].token_mlp(x).dtype == torch.bfloat16
        assert all(parameter.grad.isfinite().all() for parameter in mixer.parameters())
        mixed = mixer.eval()(x)
    torch.testing.assert_close(mixed, mixer(x), rtol=0, atol=0.05)


def test_parameters_are_two_s_ds_and_two_c_dc_per_block() -> None:
    tokens, channels, token_width, channel_width = 90, 128, 64, 256
    weights = sum(
        p.numel() for n, p in MixerBlock(tokens, channels, token_width, channel_width).named_parameters() if p.dim() > 1
    )
    assert weights == 2 * tokens * token_width + 2 * channels * channel_width


def test_a_token_reaches_another_only_through_the_token_mlp() -> None:
    torch.manual_seed(0)
    block = MixerBlock(tokens=4, channels=6, token_width=5, channel_width=12)
    x = torch.randn(1, 4, 6)
    moved = x.clone()
    moved[0, 2] += 1.0 * torch.arange(6)
    assert not torch.allclose(block(x)[0, 0], block(moved)[0, 0])
    for parameter in block.token_mlp.parameters():
        torch.nn.init.zeros_(parameter)
    torch.testing.assert_close(block(x)[0, 0], block(moved)[0, 0])


def test_stack_ends_in_a_layer_norm() -> None:
    torch.manual_seed(0)
    out = Mixer(blocks=3, tokens=4, channels=16, token_width=5, channel_width=12)(torch.randn(2, 4, 16))
    torch.testing.assert_close(out.mean(-1), torch.zeros(2, 4), rtol=0, atol=1e-5)
    torch.testing.assert_close(out.var(-1, unbiased=False), torch.ones(2, 4), rtol=0, atol=1e-3)


def test_dropout_is_off_in_evaluation() -> None:
    block = MixerBlock(4, 8, 8, 8, dropout=0.5).eval()
    x = torch.randn(2, 4, 8)
    torch.testing.assert_close(block(x), block(x), rtol=0, atol=0)
    block.train()
    assert not torch.equal(block(x), block(x))
