"""From a sequence of tokens to one vector per clip, by averages that are learned."""

import torch
from einops import rearrange
from torch import Tensor, nn

from mmf_mixer.modules.mixer import TokenLinear
from mmf_mixer.modules.tokens import existing


class LearnedPooling(nn.Module):
    """K learned averages of the tokens side by side: `B x S x C, B x S -> B x K*C`.

    Half of them weigh tokens by position: the first linear layer of a token MLP (Tolstikhin et al. 2021, equation 1)
    with K/2 outputs, for what has its place in the sequence. The other half weigh them by content: the softmax over the
    tokens that exist of a learned linear score of each (Lin et al. 2017, arXiv:1703.03130, equation 6, with one layer),
    for what may be anywhere. The plain average is K = 1 with equal weights.

    Args:
        tokens: S.
        channels: C.
        pools: K; where it is odd, one more weighs by position.
    """

    def __init__(self, tokens: int, channels: int, pools: int) -> None:
        super().__init__()
        by_content = pools // 2
        self.positions = TokenLinear(tokens, pools - by_content)
        self.queries = nn.Parameter(channels**-0.5 * (2.0 * torch.rand(by_content, channels) - 1.0))

    def forward(self, sequence: Tensor, mask: Tensor) -> Tensor:
        """Pool `sequence`, B x S x C, whose tokens exist where `mask`, B x S, is True."""
        relevance = (sequence @ self.queries.T).masked_fill(~existing(mask).unsqueeze(-1), float("-inf")).softmax(dim=1)
        averages = [self.positions(sequence), torch.einsum("bsk,bsc->bkc", relevance, sequence)]
        pooled: Tensor = rearrange(torch.cat(averages, dim=1), "b k c -> b (k c)")
        return pooled
