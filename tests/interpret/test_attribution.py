"""Attributions in captum's call shape, beside captum's own."""

import pytest
import torch
from captum.attr import IntegratedGradients
from captum.metrics import infidelity, sensitivity_max

from mmf_mixer.interpret.attribution import StencilAttribution, on_tensors
from mmf_mixer.modules.tokens import TokenSequence
from tests.interpret import planted

VALUES = planted.samples(6)[0].values
WEIGHTS = planted.CELLS


def linear(tokens: TokenSequence) -> torch.Tensor:
    return torch.einsum("bsc,lsc->bl", tokens.values, WEIGHTS)


@pytest.fixture
def method() -> StencilAttribution:
    gates = {column: (cells > 0).float() for column, cells in enumerate(WEIGHTS)}
    return StencilAttribution(linear, gates, torch.zeros(9, planted.CHANNELS), planted.model().slices())


def test_attributions_have_the_shape_of_the_inputs_and_add_up_to_what_tokens_gain(method: StencilAttribution) -> None:
    found = method.attribute(VALUES, target=1)
    assert found.shape == VALUES.shape
    torch.testing.assert_close(found.sum(dim=2), (VALUES * WEIGHTS[1]).sum(dim=2))
    assert found[:, 0].abs().sum() == 0


def test_inputs_by_modality_come_back_by_modality(method: StencilAttribution) -> None:
    parts = {key: VALUES[:, where] for key, where in method.slices.items()}
    target = torch.tensor([0, 1, 2, 0, 1, 2])
    found = method.attribute(parts, target=target)
    whole = method.attribute(VALUES, target=target)
    assert {key: value.shape for key, value in found.items()} == {key: value.shape for key, value in parts.items()}
    torch.testing.assert_close(torch.cat(list(found.values()), dim=1), whole)
    torch.testing.assert_close(whole[4], method.attribute(VALUES, target=1)[4])


def test_absent_tokens_get_nothing(method: StencilAttribution) -> None:
    mask = torch.ones(6, 9, dtype=torch.bool)
    mask[:, 4] = False
    assert method.attribute(VALUES, target=1, mask=mask)[:, 4].abs().sum() == 0


def test_the_sums_agree_with_integrated_gradients_on_a_linear_model(method: StencilAttribution) -> None:
    exact = IntegratedGradients(on_tensors(linear)).attribute(VALUES, target=2, n_steps=4)
    torch.testing.assert_close(method.attribute(VALUES, target=2).sum(dim=2), exact.sum(dim=2).float())


def test_metrics_of_captum_take_it(method: StencilAttribution) -> None:
    found = method.attribute(VALUES, target=2)

    def nudged(inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        change = 0.1 * torch.ones_like(inputs)
        return change, inputs - change

    assert infidelity(on_tensors(linear), nudged, VALUES, found, target=2).shape == (6,)
    assert sensitivity_max(method.attribute, VALUES, target=2, n_perturb_samples=2).max() < 1.0
