"""What the measurement of suggestions and audits does with curves, labels and tokens."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mmf_mixer.data.clip import LabelGroup, Labels


@pytest.fixture(autouse=True)
def scripts_are_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "projects" / "benchmark"))


def test_a_goal_is_reached_between_two_steps() -> None:
    from labels_needed import labels_needed

    assert labels_needed([40, 80, 120], [0.2, 0.3, 0.5], 0.4) == pytest.approx(100)
    assert labels_needed([40, 80], [0.2, 0.3], 0.1) == 40
    assert labels_needed([40, 80], [0.2, 0.3], 0.9) == 80


def test_one_label_in_twenty_is_flipped_in_either_kind_of_group() -> None:
    from labels_needed import Material, flipped

    labels = Labels((LabelGroup("word", True, ("a", "b", "c")), LabelGroup("event", False, ("x", "y"))))
    random = np.random.default_rng(0)
    targets = np.concatenate([np.eye(3)[random.integers(0, 3, 200)], random.random((200, 2)) < 0.3], axis=1)
    made, wrong = flipped(Material(labels, np.full(200, "train"), targets, {}), targets, seed=0)
    assert (made[:, :3].sum(axis=1) == 1).all()
    assert wrong[:, :3].sum() == 10
    assert (made[:, :3] != targets[:, :3]).sum() == 20
    assert ((made != targets)[:, 3:] == wrong[:, 3:]).all()
    assert made[:, 3:].sum() == targets[:, 3:].sum()
    assert wrong[:, 3:].sum() == 2 * round(0.025 * targets[:, 3:].sum())


def test_the_smallest_margins_are_those_between_the_two_best_labels_of_a_group() -> None:
    from labels_needed import Material, by_margin

    from mmf_mixer.data.views import Views

    labels = Labels((LabelGroup("word", True, ("a", "b", "c")),))
    scores = np.array([[0.9, 0.05, 0.05], [0.5, 0.45, 0.05], [0.4, 0.3, 0.3]])
    seen = Views(scores, {}, scores, {}, ("0", "1", "2"))
    of = Material(labels, np.full(3, "train"), scores, {})
    assert by_margin(of, seen, np.array([], int), np.array([0, 1, 2]), 2, 0).tolist() == [1, 2]


def test_tokens_are_averaged_stretch_by_stretch_where_they_exist() -> None:
    from labels_needed import stretches

    values = torch.arange(16.0).view(16, 1)
    mask = torch.ones(16, dtype=torch.long)
    mask[1] = 0
    assert stretches(values, mask).tolist() == [0.0, 2.5, 4.5, 6.5, 8.5, 10.5, 12.5, 14.5]
    assert np.isnan(stretches(values, 0 * mask)).all()
