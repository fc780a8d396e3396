"""From a sequence of tokens to one vector per clip, by averages that are learned."""

from einops import rearrange
from torch import Tensor, nn

from mmf_mixer.modules.mixer import TokenLinear


class LearnedPooling(nn.Module):
    """K weighted sums of the tokens side by side, the weights learned: `B x S x C -> B x K*C`.

    It is the first linear layer of a token MLP (Tolstikhin et al. 2021, equation 1) with K outputs: each label may
    look at other moments and modalities, where the plain average, K = 1 with equal weights, has one view for all.

    Args:
        tokens: S.
        pools: K.
    """

    def __init__(self, tokens: int, pools: int) -> None:
        super().__init__()
        self.weights = TokenLinear(tokens, pools)

    def forward(self, sequence: Tensor) -> Tensor:
        """Pool `sequence`, B x S x C."""
        pooled: Tensor = rearrange(self.weights(sequence), "b k c -> b (k c)")
        return pooled
