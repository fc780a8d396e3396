"""The MLP-Mixer of Tolstikhin et al. (2021), https://arxiv.org/abs/2105.01601: two MLPs, one along each axis."""

import torch
from torch import Tensor, nn

from mmf_mixer.modules.dropout import Dropout


class TokenLinear(nn.Linear):
    """A linear layer on the axis of tokens, `B x S x C -> B x S' x C`: each channel's column times the weight.

    It multiplies from the left, so that nothing is transposed and hence nothing copied.
    """

    def forward(self, input: Tensor) -> Tensor:
        weight = self.weight.expand(len(input), -1, -1)
        return torch.baddbmm(self.bias.unsqueeze(1), weight, input)


class MLP(nn.Sequential):
    """Two linear layers around a GELU, on the axis of `linear`: `width -> hidden -> width` (the paper's figure 1)."""

    def __init__(self, width: int, hidden: int, dropout: float = 0.0, linear: type[nn.Linear] = nn.Linear) -> None:
        super().__init__(
            linear(width, hidden),
            nn.GELU(),
            Dropout(dropout),
            linear(hidden, width),
            Dropout(dropout),
        )


class MixerBlock(nn.Module):
    """One Mixer layer, the paper's equation 1, pre-norm with residuals: `B x S x C -> B x S x C`.

    The token MLP lets positions speak to one another, channel by channel; the channel MLP lets channels
    speak, position by position.
    """

    def __init__(self, tokens: int, channels: int, token_width: int, channel_width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.token_norm = nn.LayerNorm(channels)
        self.token_mlp = MLP(tokens, token_width, dropout, TokenLinear)
        self.channel_norm = nn.LayerNorm(channels)
        self.channel_mlp = MLP(channels, channel_width, dropout)

    def forward(self, sequence: Tensor) -> Tensor:
        sequence = sequence + self.token_mlp(self.token_norm(sequence))
        mixed: Tensor = sequence + self.channel_mlp(self.channel_norm(sequence))
        return mixed


class Mixer(nn.Sequential):
    """A stack of Mixer layers and a last LayerNorm: `B x S x C -> B x S x C`."""

    def __init__(
        self,
        blocks: int,
        tokens: int,
        channels: int,
        token_width: int,
        channel_width: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(
            *(MixerBlock(tokens, channels, token_width, channel_width, dropout) for _ in range(blocks)),
            nn.LayerNorm(channels),
        )
