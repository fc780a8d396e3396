"""What frozen encoders have seen: the same input gives the same tokens, so it is encoded once."""

from collections.abc import Callable
from hashlib import blake2b

import torch
from torch import Tensor

from mmf_mixer.limits import encoded_bytes


class Memory:
    """Tokens of an encoder by the content of its input, and by the precision they were computed in.

    Bounded, all memories of this process together, by `limits.encoded_bytes`; a feature store outlives the process.
    """

    kept = 0  # bytes, of all memories

    def __init__(self) -> None:
        self.tokens: dict[bytes, Tensor] = {}

    def __call__(self, values: Tensor, encode: Callable[[Tensor], Tensor]) -> Tensor:
        """`encode(values)`, where only the samples not seen before are encoded: `B x … -> B x T x D`."""
        precision = str(torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else "").encode()
        keys = [precision + blake2b(sample.contiguous().numpy().data, digest_size=16).digest() for sample in values]
        fresh = {key: row for row, key in enumerate(keys) if key not in self.tokens}
        if not fresh:
            return torch.stack([self.tokens[key] for key in keys])
        with torch.no_grad():  # one at a time: what a clip's pictures need then fits the processor's cache
            seen = {key: encode(values[row : row + 1])[0] for key, row in fresh.items()}
        result = torch.stack([seen[key] if key in seen else self.tokens[key] for key in keys])
        self._keep(seen)
        return result

    def __del__(self) -> None:
        Memory.kept -= sum(tokens.nbytes for tokens in self.tokens.values())

    def _keep(self, seen: dict[bytes, Tensor]) -> None:
        for key, tokens in seen.items():
            if Memory.kept + tokens.nbytes > encoded_bytes():
                return
            self.tokens[key] = tokens.clone()
            Memory.kept += tokens.nbytes
