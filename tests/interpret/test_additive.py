"""What is left of planted models when they are made additive."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mmf_mixer.interpret.additive import additive_scores, recombined
from mmf_mixer.interpret.run import load_run
from mmf_mixer.modules.tokens import TokenSequence

SLICES = {"text": slice(0, 1), "audio": slice(1, 3)}


def test_each_modality_comes_from_its_own_place_with_its_mask() -> None:
    tokens = TokenSequence(torch.arange(12.0).reshape(4, 3, 1), torch.ones(4, 3, dtype=torch.bool))
    tokens.mask[2, 1] = False
    made = recombined(tokens, SLICES, np.array([[0, 1], [1, 2], [2, 3], [3, 0]]))
    assert made.values.squeeze(2).tolist() == [[0, 4, 5], [3, 7, 8], [6, 10, 11], [9, 1, 2]]
    assert made.mask[:, 1].tolist() == [True, False, True, True]
    assert tokens.values[0].flatten().tolist() == [0, 1, 2]


class Planted:
    """The run's model, but for its scores: of each label a sum over modalities, or a product."""

    def __init__(self, model: Any, together: Any) -> None:
        self.encode, self.slices, self.together = model.encode, model.slices, together

    def score(self, tokens: TokenSequence) -> torch.Tensor:
        parts = [tokens.values[:, span].double().mean(dim=1)[:, :15] for span in self.slices().values()]
        scores: torch.Tensor = self.together(torch.stack(parts), dim=0)
        return scores


def test_of_a_run_that_adds_up_all_is_left_and_of_one_that_multiplies_not(run_folder: Path) -> None:
    run = load_run(run_folder)
    tokens = run.encode("test", [0, 1, 2]).tokens
    for together, same in ((torch.sum, True), (torch.prod, False)):
        planted = replace(run, model=Planted(run.model, together))
        scores, index = additive_scores(planted)
        assert index.tolist() == [0, 1, 2] and scores.shape == (3, 15)
        assert np.allclose(scores, planted.score(tokens).numpy(), atol=1e-5) == same
