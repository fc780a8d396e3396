"""The additive projection of planted models: of what is a sum all stays, of an XOR nothing."""

import numpy as np
import pytest

from mmf_mixer.measures.additive import additive_projection, recombinations


@pytest.mark.parametrize(("clips", "modalities", "draws"), [(10, 2, 10), (50, 2, 8), (50, 3, 8), (5, 3, 64)])
def test_each_draw_takes_each_modality_of_each_clip_once(clips: int, modalities: int, draws: int) -> None:
    places = recombinations(clips, modalities, draws)
    assert places.shape == (min(draws, clips), clips, modalities)
    assert (np.sort(places, axis=1) == np.arange(clips)[None, :, None]).all()
    assert (recombinations(clips, modalities, draws) == places).all()
    assert (recombinations(clips, modalities, draws, seed=1) != places).any()


def test_two_modalities_are_paired_in_every_way_if_there_are_draws_enough() -> None:
    places = recombinations(12, 2)
    assert {tuple(pair) for pair in places.reshape(-1, 2).tolist()} == {(a, b) for a in range(12) for b in range(12)}


@pytest.mark.parametrize("modalities", [2, 3])
def test_a_model_that_adds_up_modalities_keeps_its_scores(modalities: int) -> None:
    parts = np.random.default_rng(0).normal(size=(modalities, 100, 4))
    places = recombinations(100, modalities, draws=16)
    scores = sum(parts[number][places[..., number]] for number in range(modalities))
    np.testing.assert_allclose(additive_projection(np.asarray(scores), places), parts.sum(axis=0), atol=1e-7)


@pytest.mark.parametrize("modalities", [2, 3])
def test_of_an_xor_nothing_is_left(modalities: int) -> None:
    bits = np.random.default_rng(0).permutation(np.arange(64 * modalities) % 2).reshape(modalities, 64) * 2 - 1
    places = recombinations(64, modalities, draws=64)
    scores = np.prod([bits[number][places[..., number]] for number in range(modalities)], axis=0)[..., None]
    left = additive_projection(scores, places)[:, 0]
    right = np.prod(bits, axis=0)
    assert abs(left).max() < 1e-6 if modalities == 2 else abs(left).mean() < 0.3  # three are sampled: 64 of 64 x 64
    assert modalities == 2 or 0.3 < (np.sign(left) == right).mean() < 0.7


def test_all_combinations_give_the_marginal_means_of_the_paper() -> None:
    lot = np.random.default_rng(0)
    every = lot.normal(size=(9, 9, 2))  # of the first modality of one clip with the second of another
    places = recombinations(9, 2)
    left = additive_projection(every[places[..., 0], places[..., 1]], places)
    np.testing.assert_allclose(left, every.mean(axis=1) + every.mean(axis=0) - every.mean(axis=(0, 1)), atol=1e-9)
