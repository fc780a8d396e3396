import pytest
import torch
from mmf.common.registry import registry
from omegaconf import OmegaConf

from mmf_mixer.data.clip import Clip, LabelGroup, Labels
from mmf_mixer.data.clips import Clips
from mmf_mixer.data.folder import DatasetFolder
from mmf_mixer.datasets.base import model_modalities, training_positives
from mmf_mixer.measures.probabilities import probabilities

LABELS = Labels((LabelGroup("open", False, ("a", "b")), LabelGroup("one", True, ("c", "d", "e"))))


def test_probabilities_sum_to_one_in_an_exclusive_group_only() -> None:
    scores = torch.tensor([[0.0, 100.0, 1.0, 1.0, 1.0], [-2.0, 2.0, 50.0, 0.0, 0.0]], dtype=torch.bfloat16)

    found = probabilities(scores.requires_grad_(), LABELS)

    expected = torch.tensor([[0.5, 1.0, 1 / 3, 1 / 3, 1 / 3], [0.1192, 0.8808, 1.0, 0.0, 0.0]])
    assert torch.allclose(found, expected, atol=1e-4) and not found.requires_grad


def test_training_positives_are_counted_in_the_training_split_only() -> None:
    def clip(*labels: str) -> Clip:
        return Clip("id", None, None, None, None, None, labels)

    splits = {"train": [clip("open/a", "one/c"), clip("one/c"), clip("open/a", "open/b", "one/d")]}
    splits |= {"val": [clip("one/e")], "test": [clip("one/e")]}
    folder = DatasetFolder(LABELS, {split: Clips.of(clips, LABELS) for split, clips in splits.items()})
    assert training_positives(folder).tolist() == [2, 1, 2, 1, 0]


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        (None, None),
        ({"model": "m", "model_config": {}}, None),
        ({"model": "m", "model_config": {"m": {"modalities": []}}}, None),
        ({"model": "m", "model_config": {"m": "n", "n": {"modalities": [{"key": "b"}, {"key": "a"}]}}}, ["b", "a"]),
        ({"model": "m", "mine": [{"key": "a"}], "model_config": {"m": {"modalities": "${mine}"}}}, ["a"]),
    ],
)
def test_the_model_names_its_modalities(config: dict[str, object] | None, keys: list[str] | None) -> None:
    registry.register("config", config and OmegaConf.create(config))

    assert model_modalities() == keys
