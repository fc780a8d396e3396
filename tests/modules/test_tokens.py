"""The token stage: order, what is absent, modality dropout, and its two complaints."""

import pytest
import torch

from mmf_mixer.errors import InputError
from mmf_mixer.modules.tokens import TokenStage, masked_mean

MODALITIES = [
    {"key": "text", "embedding_dim": 6, "position_dim": 3},
    {"key": "audio", "embedding_dim": 4, "position_dim": 2},
]


def batch(size: int = 2) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    features = {"text": torch.randn(size, 3, 6), "audio": torch.randn(size, 2, 4)}
    masks = {"text": torch.ones(size, 3, dtype=torch.long), "audio": torch.ones(size, 2, dtype=torch.long)}
    return features, masks


def test_masked_mean_counts_existing_tokens_only() -> None:
    values = torch.tensor([[[1.0], [3.0], [100.0]], [[1.0], [2.0], [6.0]]])
    mask = torch.tensor([[True, True, False], [False, False, False]])
    assert masked_mean(values, mask).flatten().tolist() == [2.0, 3.0]  # nothing exists: the mean of all


def test_sequence_keeps_the_order_of_the_config() -> None:
    torch.manual_seed(0)
    stage = TokenStage(MODALITIES, channels=8)
    features, masks = batch()
    values, mask = stage(features, masks)
    assert values.shape == (2, 5, 8) and mask.all()
    assert stage.slices() == {"text": slice(0, 3), "audio": slice(3, 5)}
    expected = stage.projections["audio"](features["audio"]) + stage.positions[3:] + stage.modality[1]
    torch.testing.assert_close(values[:, 3:], expected)


def test_absent_tokens_are_learned_and_ignore_their_input() -> None:
    torch.manual_seed(0)
    stage = TokenStage(MODALITIES, channels=8)
    features, masks = batch()
    masks["audio"][0] = 0
    first, mask = stage(features, masks)
    features["audio"] = features["audio"].clone()
    features["audio"][0] = 1000.0
    second, _ = stage(features, masks)
    torch.testing.assert_close(first, second)
    torch.testing.assert_close(first[0, 3], stage.absent[1] + stage.positions[3] + stage.modality[1])
    assert mask[0].tolist() == [True, True, True, False, False]
    first[0, 3].sum().backward()
    assert stage.absent.grad is not None and stage.absent.grad[1].abs().sum() > 0


def test_wrong_width_and_length_say_what_to_set() -> None:
    stage = TokenStage(MODALITIES, channels=8)
    features, masks = batch()
    with pytest.raises(InputError, match=r"'text'.*7 numbers.*embedding_dim is 6.*embedding_dim: 7"):
        stage({**features, "text": torch.randn(2, 3, 7)}, masks)
    with pytest.raises(InputError, match=r"'audio'.*5 tokens.*position_dim is 2.*position_dim: 5"):
        stage({**features, "audio": torch.randn(2, 5, 4)}, masks)
