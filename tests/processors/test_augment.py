import torch

from mmf_mixer.processors.augment import random_flip, random_shift

FRAMES = torch.arange(2 * 3 * 4 * 5, dtype=torch.float32).reshape(2, 3, 4, 5)


def shifted(down: int, right: int) -> torch.Tensor:
    """`FRAMES` moved by padding its edges and cutting the picture out of that."""
    padded = torch.nn.functional.pad(FRAMES, (9, 9, 9, 9), mode="replicate")
    return padded[..., 9 - down : 13 - down, 9 - right : 14 - right]


def test_a_shift_moves_all_frames_alike_and_repeats_the_edges() -> None:
    possible = {(down, right): shifted(down, right) for down in range(-2, 3) for right in range(-2, 3)}
    seen = set()
    torch.manual_seed(0)
    for _ in range(400):
        made = random_shift(FRAMES, 2)
        seen |= {move for move, expected in possible.items() if torch.equal(made, expected)}
    assert seen == set(possible)  # every one of them, and nothing else, or some call would have found none


def test_every_shift_is_one_of_those() -> None:
    possible = [shifted(down, right) for down in range(-2, 3) for right in range(-2, 3)]
    for _ in range(50):
        made = random_shift(FRAMES, 2)
        assert sum(torch.equal(made, expected) for expected in possible) == 1


def test_a_shift_may_be_larger_than_the_picture() -> None:
    for _ in range(20):
        assert random_shift(FRAMES, 9).shape == FRAMES.shape


def test_a_flip_exchanges_left_and_right_with_its_probability() -> None:
    torch.manual_seed(0)
    mirrored = FRAMES[..., [4, 3, 2, 1, 0]]
    made = [random_flip(FRAMES, 0.3) for _ in range(500)]
    flips = sum(torch.equal(each, mirrored) for each in made)
    assert flips + sum(torch.equal(each, FRAMES) for each in made) == 500
    assert 120 < flips < 180
    assert torch.equal(random_flip(FRAMES, 1.0), mirrored) and random_flip(FRAMES, 0.0) is FRAMES
