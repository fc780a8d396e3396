"""Random states that can be put back, also from a file that may hold no code."""

import io
import random

import numpy as np
import torch

from mmf_mixer.training.resume.randomness import random_state, seed_of, seeded, set_random_state


def draw() -> list[float]:
    """Some numbers from each generator; one normal number of numpy leaves a second one in its state."""
    return [torch.randn(3).sum().item(), np.random.randn(), random.random(), random.gauss(0, 1)]


def test_a_state_gives_the_same_numbers_again() -> None:
    draw()
    file = io.BytesIO()
    torch.save(random_state(), file)
    first = draw() + draw()
    torch.manual_seed(5)
    file.seek(0)
    set_random_state(torch.load(file, weights_only=True))
    assert draw() + draw() == first


def test_seeds_follow_from_all_their_numbers() -> None:
    assert seed_of(1, 2, 3) == seed_of(1, 2, 3)
    assert len({seed_of(1, 2, 3), seed_of(1, 3, 2), seed_of(2, 1, 3), seed_of(1, 2)}) == 4


def test_a_seeded_block_leaves_no_trace() -> None:
    set_random_state(before := random_state())
    expected = draw()
    set_random_state(before)
    with seeded(7, 1):
        inside = draw()
    assert draw() == expected
    with seeded(7, 1):
        assert draw() == inside != expected
