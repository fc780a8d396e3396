"""The model that looks at nothing: the frequencies of the training split, by hand-made numbers."""

import pytest
import torch
from mmf.common.registry import registry
from omegaconf import OmegaConf

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.errors import InputError
from mmf_mixer.measures.probabilities import probabilities
from mmf_mixer.models.majority import Majority, frequency_logits

LABELS = Labels((LabelGroup("one", True, ("a", "b", "c")), LabelGroup("open", False, ("x", "y"))))


def test_probabilities_are_the_frequencies() -> None:
    # of 10 clips: 5 a, 3 b, 2 c; 4 x
    found = probabilities(frequency_logits(torch.tensor([5, 3, 2, 4, 1]), 10, LABELS)[None], LABELS)
    torch.testing.assert_close(found, torch.tensor([[0.5, 0.3, 0.2, 0.4, 0.1]]))


def test_a_label_that_none_or_all_have_gets_a_finite_score() -> None:
    found = frequency_logits(torch.tensor([10, 0, 0, 10, 0]), 10, LABELS)
    assert found.isfinite().all()
    assert probabilities(found[None], LABELS)[0, 3:].tolist() == pytest.approx([0.95, 0.05])


def test_every_clip_gets_the_same_scores_and_nothing_is_trained() -> None:
    registry.register("config", OmegaConf.create({"datasets": "clips"}))
    registry.register("clips_label_groups", LABELS)
    registry.register("clips_training_positives", torch.tensor([5, 3, 2, 4, 1]))
    registry.register("clips_training_clips", 10)
    model = Majority(OmegaConf.create({"model": "majority", "losses": []}))
    model.build()
    scores = model.eval().forward({"targets": torch.zeros(3, 5)})["scores"]
    assert scores.shape == (3, 5) and (scores == scores[0]).all()
    assert torch.optim.AdamW(model.get_optimizer_parameters(None)).param_groups[0]["params"] == []
    with pytest.raises(InputError, match="run_type=val_test"):
        model.train().forward({"targets": torch.zeros(3, 5)})
