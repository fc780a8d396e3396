"""A frozen encoder encodes each input once."""

import torch
from torch import Tensor

from mmf_mixer.encoders.memory import Memory


class Counting:
    """Doubles its input, and counts the samples it was given."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, values: Tensor) -> Tensor:
        self.seen += len(values)
        return 2.0 * values.flatten(1).unsqueeze(1)


def test_only_new_samples_are_encoded_and_order_is_kept() -> None:
    encode, memory = Counting(), Memory()
    x = torch.randn(4, 3, 2)
    torch.testing.assert_close(memory(x[:2], encode), encode(x[:2]))
    encode.seen = 0
    torch.testing.assert_close(memory(x[[3, 1, 2, 3, 0]], encode), 2.0 * x[[3, 1, 2, 3, 0]].flatten(1).unsqueeze(1))
    assert encode.seen == 2  # samples 3 and 2; 3 stands in the batch twice


def test_beyond_the_limit_it_still_answers() -> None:
    encode, memory = Counting(), Memory(limit=24)
    x = torch.randn(2, 3, 2)  # 24 bytes of tokens each
    for _ in range(2):
        torch.testing.assert_close(memory(x, encode), 2.0 * x.flatten(1).unsqueeze(1))
    assert encode.seen == 3 and memory.size == 24
