"""Modality dropout: whole modalities of training clips, never all, and never those of validation and test."""

from collections import Counter
from typing import Any

import pytest
import torch
from mmf.common.sample import Sample

from mmf_mixer.datasets.modality_dropout import hide_modalities


def shown(sample: Any, chance: float) -> str:
    """Hide modalities of a copy; the letters of those that are still there."""
    copy = Sample(sample)
    hide_modalities(copy, chance)
    for key in "tav":
        mask = copy[f"{key}_mask"]
        assert torch.equal(mask, sample[f"{key}_mask"]) or not mask.any()
        assert torch.equal(copy[key], sample[key]) if mask.any() else not copy[key].any()
    return "".join(key for key in "tav" if copy[f"{key}_mask"].any())


def clip(present: str) -> Any:
    sample = Sample()
    for key in "tav":
        sample[f"{key}_mask"] = torch.tensor([1, 1, 0]) * (key in present)
        sample[key] = torch.ones(3, 4) * (key in present)
    return sample


def test_each_subset_comes_as_often_as_the_chance_says() -> None:
    torch.manual_seed(0)
    counts = Counter(shown(clip("tav"), 0.5) for _ in range(4000))
    assert counts.keys() == {"t", "a", "v", "ta", "tv", "av", "tav"}
    for subset, count in counts.items():
        expected = {1: (3 / 8 + 1 / 8) / 3, 2: 1 / 8, 3: 1 / 8}[len(subset)]  # where all three fall, one is given back
        assert count / 4000 == pytest.approx(expected, abs=0.02)


def test_the_only_modality_stays_and_a_clip_without_any_is_no_error() -> None:
    torch.manual_seed(0)
    assert {shown(clip("a"), 0.9) for _ in range(100)} == {"a"}
    assert shown(clip(""), 0.9) == ""


def test_without_chance_no_random_number_is_drawn() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    assert shown(clip("tav"), 0.0) == "tav"
    assert torch.equal(before, torch.get_rng_state())
