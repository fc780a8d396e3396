"""A frozen encoder encodes each input once."""

import pytest
import torch
from torch import Tensor

from mmf_mixer.encoders.memory import Memory
from mmf_mixer.errors import InputError
from mmf_mixer.limits import ENCODED_GB, encoded_bytes


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


def test_beyond_the_limit_it_still_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENCODED_GB, f"{(Memory.kept + 24) / 10**9:.12f}")
    encode, memory, another = Counting(), Memory(), Memory()
    x = torch.randn(2, 3, 2)  # 24 bytes of tokens each
    for _ in range(2):
        torch.testing.assert_close(memory(x, encode), 2.0 * x.flatten(1).unsqueeze(1))
    assert encode.seen == 3 and len(memory.tokens) == 1
    another(x, encode)
    assert another.tokens == {}  # the limit is of all together
    del memory
    another(x, encode)
    assert len(another.tokens) == 1


def test_a_limit_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENCODED_GB, "much")
    with pytest.raises(InputError, match="MMF_MIXER_ENCODED_GB is 'much'; write a number of gigabytes"):
        encoded_bytes()


def test_tokens_of_another_precision_are_others() -> None:
    memory, linear = Memory(), torch.nn.Linear(2, 2)
    x = torch.randn(1, 3, 2)
    with torch.autocast("cpu", torch.bfloat16):
        assert memory(x, linear).dtype == torch.bfloat16
    assert memory(x, linear).dtype == torch.float32
