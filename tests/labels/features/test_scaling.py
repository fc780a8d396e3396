import numpy as np
import pytest
from numpy.testing import assert_allclose

from mmf_mixer.labels.features.scaling import exists, scale_of


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_features_of_any_unit_have_mean_0_and_deviation_1_over_what_exists(offset: float) -> None:
    rng = np.random.default_rng(0)
    made = [offset + rng.normal(3, [1, 1e-3 + offset, 5], size=(rng.integers(1, 9), 3)) for _ in range(50)]
    scale = scale_of(iter(np.concatenate([one, np.zeros((4, 3))]) for one in made), 3)
    every = np.concatenate([scale(one) for one in made])
    assert_allclose(every.mean(axis=0), 0, atol=1e-4)
    assert_allclose(every.std(axis=0), 1, atol=1e-4)


def test_what_is_no_number_becomes_the_mean_and_a_constant_0() -> None:
    values = np.array([[1, 7, -np.inf], [3, 7, 5], [np.nan, 7, 7], [0, 0, 0]], np.float32)
    scale = scale_of([values], 3)
    assert_allclose(scale(values[:3]), [[-1, 0, 0], [1, 0, -1], [0, 0, 1]], atol=1e-6)
    assert exists(values).tolist() == [True, True, True, False]
    assert not exists(np.full((1, 3), np.nan)).any()
