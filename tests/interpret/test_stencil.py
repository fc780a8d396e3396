"""Stencils find what a planted model depends on, and depend on the seed alone."""

from dataclasses import replace

import pytest
import torch

from mmf_mixer.errors import InputError
from mmf_mixer.interpret.stencil import Samples, Settings, optimise
from mmf_mixer.modules.tokens import TokenSequence
from tests.interpret import planted
from tests.models.test_fusion import build

QUICK = Settings(restarts=3, steps=40, batch=9)


@pytest.mark.parametrize("carrier", ["data", "ones"])
def test_the_mass_of_a_stencil_lies_on_the_planted_cells(carrier: str) -> None:
    model, samples = planted.material()
    settings = Settings("data" if carrier == "data" else "ones", restarts=4)
    stencils = optimise(model.score, samples, model.slices(), [0, 1, 2], settings).abs()
    assert stencils.shape == (3, 4, 9, 16)
    on_cells = (stencils * (planted.CELLS > 0).unsqueeze(1)).sum(dim=(2, 3)) / stencils.sum(dim=(2, 3))
    assert on_cells.min() >= 0.95


def test_a_data_stencil_is_a_mask_and_one_of_ones_has_the_energy_of_the_samples() -> None:
    model, samples = planted.material()
    mask = optimise(model.score, samples, model.slices(), [0], QUICK)
    assert mask.min() >= 0 and mask.max() <= 1
    made = optimise(model.score, samples, model.slices(), [0], replace(QUICK, carrier="ones"))
    energy = samples.tokens.values.square().mean().sqrt().item()
    assert made.square().mean(dim=(2, 3)).sqrt().flatten().tolist() == pytest.approx([energy] * 3, rel=1e-4)


@pytest.mark.parametrize("carrier", ["data", "ones"])
def test_the_seed_and_nothing_else_decides(carrier: str) -> None:
    model, samples = planted.material()
    settings = replace(QUICK, carrier="data" if carrier == "data" else "ones", steps=8)
    first = optimise(model.score, samples, model.slices(), [0, 1, 2], settings)
    again = optimise(model.score, samples, model.slices(), [0, 1, 2], settings)
    one_class_at_a_time = optimise(model.score, samples, model.slices(), [0, 1, 2], replace(settings, batch=3))
    alone = optimise(model.score, samples, model.slices(), [2], settings)
    other = optimise(model.score, samples, model.slices(), [0, 1, 2], replace(settings, seed=1))
    torch.testing.assert_close(again, first, rtol=0, atol=0)
    torch.testing.assert_close(one_class_at_a_time, first, rtol=0, atol=1e-5)
    torch.testing.assert_close(alone[0], first[2], rtol=0, atol=1e-5)
    assert (other - first).abs().max() > 0.1


def test_a_higher_price_of_area_closes_more() -> None:
    model, samples = planted.material()
    cheap, dear = (
        optimise(model.score, samples, model.slices(), [0], replace(QUICK, area=area)).mean() for area in (0.1, 30.0)
    )
    assert dear < 0.5 * cheap


def test_smooth_stencils_vary_less_within_a_modality() -> None:
    model, samples = planted.material()
    rough, smooth = (
        optimise(model.score, samples, model.slices(), [1], replace(QUICK, smooth=weight)) for weight in (0.0, 50.0)
    )
    audio = model.slices()["audio"]
    variation = [each[..., audio, :].mean(dim=3).diff(dim=2).abs().mean() for each in (rough, smooth)]
    assert variation[1] < 0.2 * variation[0]


def test_diversity_sets_the_stencils_of_a_class_apart() -> None:
    model, samples = planted.material()

    def alike(diversity: float) -> float:
        made = optimise(model.score, samples, model.slices(), [1], replace(QUICK, diversity=diversity))[0].mean(dim=2)
        return torch.nn.functional.cosine_similarity(made[0], made[1], dim=0).item()

    assert alike(5.0) < alike(0.0) - 0.1


@pytest.mark.parametrize("name", ["mmf_mixer", "concat_mlp"])
@pytest.mark.parametrize("carrier", ["data", "ones"])
def test_stencils_raise_the_logit_of_their_class_in_real_models(name: str, carrier: str) -> None:
    model = build(name).requires_grad_(False)
    tokens, targets = planted.samples()
    samples = planted.Samples(model.score, tokens, torch.nn.functional.pad(targets, (0, 4)))
    settings = Settings("data" if carrier == "data" else "ones", restarts=2, steps=40, area=0.0, diversity=0.0)
    made = optimise(model.score, samples, model.slices(), [2], settings)[0, 0]
    own = samples.members[2]
    inputs = samples.baseline + made * samples.deviation[own] if carrier == "data" else made.expand(len(own), -1, -1)
    reached = model.score(planted.TokenSequence(inputs, samples.tokens.mask[own]))[:, 2]
    usual = model.score(samples.tokens)[:, 2]
    assert reached.mean() > usual[own].mean() + 0.5 * usual.std()


def test_a_class_without_samples_is_laid_over_all() -> None:
    model = planted.model()
    tokens, targets = planted.samples()
    samples = planted.Samples(model.score, tokens, targets * torch.tensor([1.0, 0.0, 1.0]))
    assert samples.members[1].tolist() == list(range(30)) and samples.members[2].tolist() == list(range(2, 30, 3))
    assert optimise(model.score, samples, model.slices(), [1], QUICK).isfinite().all()


def test_a_batch_too_small_for_one_class_is_refused() -> None:
    with pytest.raises(InputError, match=r"batch of 4 .* 5 restarts .* --batch to 5"):
        Settings(restarts=5, batch=4)


def test_tokens_that_no_sample_changes_are_known() -> None:
    values = torch.randn(5, 1, 3).expand(5, 4, 3).clone()
    values[:, 2] = torch.tensor([0.1, -3.0, 7.0])
    tokens = TokenSequence(values, torch.ones(5, 4, dtype=torch.bool))
    samples = Samples(lambda given: given.values.sum(dim=(1, 2)).unsqueeze(1), tokens, torch.ones(5, 1))
    assert samples.varying.tolist() == [True, True, False, True]
