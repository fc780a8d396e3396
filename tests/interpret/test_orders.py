"""Orders of importance on a linear model, where they are known."""

import pytest
import torch

from mmf_mixer.interpret.orders import modality_shapley, orders
from mmf_mixer.modules.tokens import TokenSequence
from tests.interpret import planted

WEIGHTS = torch.randn(3, 9, planted.CHANNELS, generator=torch.Generator().manual_seed(1))
SLICES = planted.model().slices()
CLASSES = torch.tensor([0, 1, 2, 0])


def linear(tokens: TokenSequence) -> torch.Tensor:
    return torch.einsum("bsc,lsc->bl", tokens.values, WEIGHTS)


def test_every_order_but_chance_finds_what_a_linear_model_adds_up() -> None:
    tokens, _ = planted.samples(4)
    baseline = torch.full((9, planted.CHANNELS), 0.1)
    found = orders(linear, tokens, CLASSES, torch.ones_like(tokens.values), baseline, SLICES)
    exact = ((tokens.values - baseline) * WEIGHTS[CLASSES]).sum(dim=2)
    torch.testing.assert_close(found["integrated_gradients"].float(), exact, atol=1e-4, rtol=0)
    torch.testing.assert_close(found["gradient_x_input"], (tokens.values * WEIGHTS[CLASSES]).sum(dim=2))
    torch.testing.assert_close(found["masks_alone"], (tokens.values - baseline).abs().sum(dim=2))
    assert len(found["random"].unique()) == 36
    for where in SLICES.values():
        per_token = exact[:, where].mean(dim=1, keepdim=True).expand_as(exact[:, where])
        torch.testing.assert_close(found["modality_shapley"][:, where], per_token, atol=1e-4, rtol=0)


def test_shapley_divides_what_modalities_do_together_evenly() -> None:
    tokens = TokenSequence(torch.ones(2, 9, planted.CHANNELS), torch.ones(2, 9, dtype=torch.bool))

    def both(sequence: TokenSequence) -> torch.Tensor:
        text, audio = sequence.values[:, 0, 0], sequence.values[:, 3, 0]
        return torch.stack([6 * text * audio, text], dim=1)

    found = modality_shapley(both, tokens, torch.tensor([0, 1]), torch.zeros(9, planted.CHANNELS), SLICES)
    expected = {"text": [3.0, 1.0], "audio": [3.0, 0.0], "video": [0.0, 0.0]}
    for key, values in expected.items():
        assert found[key].tolist() == pytest.approx(values, abs=1e-6)
