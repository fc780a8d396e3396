"""Subsets and permutations of modalities, for models whose accuracies can be worked out by hand."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from mmf_mixer.interpret.subsets import Outcomes, keep, outcomes, permute, shapley_weights, subsets_of, usage_figures
from mmf_mixer.interpret.usage import by_modality
from mmf_mixer.modules.tokens import TokenSequence

SLICES = {"text": slice(0, 1), "audio": slice(1, 3)}
ABSENT = torch.full((3, 1), -9.0)
CLASSES = torch.arange(40) % 4


def clips() -> TokenSequence:
    """40 clips of 4 classes: `text` tells the upper half of the classes from the lower, `audio` odd from even."""
    text, audio = (CLASSES // 2).float(), (CLASSES % 2).float()
    return TokenSequence(torch.stack([text, audio, audio], dim=1).unsqueeze(2), torch.ones(40, 3, dtype=torch.bool))


def accuracies(wrong: Callable[[Tensor], Tensor]) -> Callable[[TokenSequence], Tensor]:
    """Of a model that is right but for what `wrong`, of N x 3 values, takes away."""

    def right(tokens: TokenSequence) -> Tensor:
        return 1 - wrong((tokens.values.squeeze(2) != clips().values.squeeze(2)).float())

    return right


def test_subsets_run_from_nothing_to_everything() -> None:
    assert subsets_of(["a", "b"]) == [(), ("a",), ("b",), ("a", "b")]
    assert len(subsets_of("abc")) == 8 and subsets_of("abc")[-1] == ("a", "b", "c")


def test_what_is_not_kept_looks_absent() -> None:
    kept = keep(clips(), ABSENT, [SLICES["audio"]])
    assert kept.values[3].flatten().tolist() == [-9.0, 1.0, 1.0]
    assert kept.mask[3].tolist() == [False, True, True]
    assert keep(clips(), ABSENT, []).values[0].tolist() == ABSENT.tolist()


def test_a_permutation_gives_each_clip_the_modality_of_another_that_has_it() -> None:
    tokens = TokenSequence(torch.arange(6.0).repeat(3, 1).T.unsqueeze(2), torch.ones(6, 3, dtype=torch.bool))
    tokens.mask[4, 1:] = False
    changed = permute(tokens, SLICES["audio"], torch.Generator().manual_seed(0))
    audio = changed.values[:, 1, 0].tolist()
    assert sorted(audio) == [0, 1, 2, 3, 4, 5] and audio[4] == 4
    assert all(audio[row] != row for row in (0, 1, 2, 3, 5))
    assert torch.equal(changed.values[:, 1], changed.values[:, 2])
    assert torch.equal(changed.values[:, 0], tokens.values[:, 0]) and torch.equal(changed.mask, tokens.mask)


def test_a_model_of_one_modality_uses_that_one_alone() -> None:
    found = outcomes(accuracies(lambda differs: differs[:, 0]), clips(), ABSENT, SLICES, seed=0)
    usage, entropy = by_modality(found, {"text": 1.0, "audio": 1.0}, seed=0)
    text, audio = usage["text"], usage["audio"]
    assert text.share and audio.share and entropy
    assert (text.drop.mean, text.shapley.mean, text.share.mean) == (1.0, 1.0, 1.0)
    assert (audio.drop.mean, audio.perceptual.mean, audio.shapley.mean, audio.share.mean) == (0.0, 0.0, 0.0, 0.0)
    assert text.perceptual.mean == pytest.approx(20 / 39, abs=0.1)  # of 39 other clips, 20 have another text
    assert entropy.mean == 0.0
    assert audio.utilisation["text"] and audio.utilisation["text"].mean == 0.0
    assert text.utilisation["audio"] and text.utilisation["audio"].mean == 1.0


def test_outcomes_of_several_groups_are_the_mean_over_some() -> None:
    one, both = accuracies(lambda differs: differs[:, 0]), accuracies(lambda differs: differs[:, :2].amax(dim=1))
    found = outcomes(lambda tokens: torch.stack([one(tokens), both(tokens)], dim=1), clips(), ABSENT, SLICES, seed=0)
    first = outcomes(one, clips(), ABSENT, SLICES, seed=0)
    assert (found.of([0]).subsets == first.subsets).all() and (found.of([0]).permuted == first.permuted).all()
    assert found.of([0, 1]).subsets == pytest.approx((found.of([0]).subsets + found.of([1]).subsets) / 2)


def test_a_model_that_needs_both_uses_both_alike() -> None:
    found = outcomes(accuracies(lambda differs: differs[:, :2].amax(dim=1)), clips(), ABSENT, SLICES, seed=0)
    usage, entropy = by_modality(found, {"text": 1.0, "audio": 1.0}, seed=0)
    for key, other in (("text", "audio"), ("audio", "text")):
        share = usage[key].share
        assert share and share.mean == pytest.approx(0.5)
        utilisation = usage[key].utilisation[other]
        assert usage[key].drop.mean == 1.0 and utilisation and utilisation.mean == 1.0
    assert entropy and entropy.mean == pytest.approx(1.0)


def test_a_harmful_modality_has_no_share() -> None:
    found = usage_figures(["text", "audio"], np.array([0.25, 0.75, 0.0, 0.5]), np.array([0.1, 0.6]))
    assert found["shapley"].tolist() == [0.5, -0.25]
    assert found["share"].tolist() == [1.0, 0.0] and found["entropy"] == 0.0
    assert found["drop"].tolist() == [0.5, -0.25]
    assert found["perceptual"].tolist() == pytest.approx([0.4, -0.1])
    assert found["utilisation"][0, 1] == 1.0 and found["utilisation"][1, 0] == -0.5


def test_shapley_values_of_three_add_up_and_are_those_of_the_definition() -> None:
    weights = shapley_weights(["a", "b", "c"])
    value = np.array([0, 1, 2, 3, 4, 5, 6, 9])  # of (), a, b, c, ab, ac, bc, abc
    # a: (1-0)/3 + (4-2)/6 + (5-3)/6 + (9-6)/3
    assert (value @ weights)[0] == pytest.approx(1 / 3 + 2 / 6 + 2 / 6 + 1)
    assert (value @ weights).sum() == pytest.approx(9)


def test_what_is_not_defined_is_left_out() -> None:
    found = outcomes(accuracies(lambda differs: torch.ones(40)), clips(), ABSENT, SLICES, seed=0)
    usage, entropy = by_modality(found, {"text": 1.0, "audio": 1.0}, seed=0)
    assert entropy is None and usage["text"].share is None and usage["text"].utilisation == {"audio": None}
    assert usage["text"].shapley.mean == 0.0


def test_intervals_hold_their_estimates_and_narrow_with_clips() -> None:
    lot = np.random.default_rng(0)
    widths = []
    for count in (50, 800):
        right = (lot.random((count, 4)) < [0.2, 0.5, 0.6, 0.9]).astype(float)
        usage, entropy = by_modality(Outcomes(("text", "audio"), right, right[:, 1:3]), {"text": 1.0, "audio": 1.0}, 0)
        figures = [usage["text"].drop, usage["audio"].shapley, usage["text"].share, entropy]
        assert all(each and each.low <= each.mean <= each.high for each in figures)
        widths.append(usage["text"].drop.high - usage["text"].drop.low)
    assert widths[1] < widths[0] / 3
