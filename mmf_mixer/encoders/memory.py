"""What a frozen encoder has seen: the same input gives the same tokens, so it is encoded once."""

from collections.abc import Callable
from hashlib import blake2b

import torch
from torch import Tensor

LIMIT = 2 * 2**30  # bytes of tokens; beyond it nothing new is kept


class Memory:
    """Tokens by the content of the input. Bounded, and only in this process: a feature store outlives it."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.size = 0
        self.tokens: dict[bytes, Tensor] = {}

    def __call__(self, values: Tensor, encode: Callable[[Tensor], Tensor]) -> Tensor:
        """`encode(values)`, where only the samples not seen before are encoded: `B x … -> B x T x D`."""
        keys = [blake2b(sample.contiguous().numpy().data, digest_size=16).digest() for sample in values]
        fresh = {key: row for row, key in enumerate(keys) if key not in self.tokens}
        if not fresh:
            return torch.stack([self.tokens[key] for key in keys])
        with torch.no_grad():  # one at a time: what a clip's pictures need then fits the processor's cache
            seen = {key: encode(values[row : row + 1])[0] for key, row in fresh.items()}
        result = torch.stack([seen[key] if key in seen else self.tokens[key] for key in keys])
        self._keep(seen)
        return result

    def _keep(self, seen: dict[bytes, Tensor]) -> None:
        for key, tokens in seen.items():
            if self.size + tokens.nbytes > self.limit:
                return
            self.tokens[key] = tokens.clone()
            self.size += tokens.nbytes
