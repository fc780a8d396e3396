"""The MLP-Mixer of Tolstikhin et al. (2021), https://arxiv.org/abs/2105.01601: two MLPs and a transpose."""

from einops import rearrange
from torch import Tensor, nn


class MLP(nn.Sequential):
    """Two linear layers around a GELU, on the last axis: `... x width -> ... x width` (the paper's figure 1)."""

    def __init__(self, width: int, hidden: int, dropout: float = 0.0) -> None:
        super().__init__(
            nn.Linear(width, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, width),
            nn.Dropout(dropout),
        )


class MixerBlock(nn.Module):
    """One Mixer layer, the paper's equation 1, pre-norm with residuals: `B x S x C -> B x S x C`.

    The token MLP lets positions speak to one another, channel by channel; the channel MLP lets channels
    speak, position by position.
    """

    def __init__(self, tokens: int, channels: int, token_width: int, channel_width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.token_norm = nn.LayerNorm(channels)
        self.token_mlp = MLP(tokens, token_width, dropout)
        self.channel_norm = nn.LayerNorm(channels)
        self.channel_mlp = MLP(channels, channel_width, dropout)

    def forward(self, sequence: Tensor) -> Tensor:
        across = rearrange(self.token_norm(sequence), "b s c -> b c s")
        sequence = sequence + rearrange(self.token_mlp(across), "b c s -> b s c")
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
