"""The Mixer against the paper's equation, written out by hand."""

import torch
from torch.nn import functional as F

from mmf_mixer.modules.mixer import MLP, Mixer, MixerBlock


def by_hand(block: MixerBlock, x: torch.Tensor) -> torch.Tensor:
    def mlp(module: MLP, values: torch.Tensor) -> torch.Tensor:
        first, second = module[0], module[3]
        return F.gelu(values @ first.weight.T + first.bias) @ second.weight.T + second.bias

    def norm(values: torch.Tensor) -> torch.Tensor:
        centred = values - values.mean(-1, keepdim=True)
        return centred / (centred.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt()

    u = x + mlp(block.token_mlp, norm(x).transpose(1, 2)).transpose(1, 2)
    return u + mlp(block.channel_mlp, norm(u))


def test_block_is_equation_one_of_the_paper() -> None:
    torch.manual_seed(0)
    block = MixerBlock(tokens=5, channels=8, token_width=7, channel_width=16)
    x = torch.randn(3, 5, 8)
    torch.testing.assert_close(block(x), by_hand(block, x), rtol=1e-5, atol=1e-6)


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
