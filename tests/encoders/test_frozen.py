"""Frozen means frozen: what moves in real training steps of a whole model, and what does not."""

from collections.abc import Iterator

import pytest
import torch
from omegaconf import OmegaConf
from torch import Tensor, nn

from mmf_mixer.encoders.frames import ResNetFrames
from mmf_mixer.encoders.video import R3DVideo
from mmf_mixer.models.mmf_mixer import MMFMixer

SMALL = {"arch": "resnet18", "weights": "none"}


def model(bert: str, trainable: str) -> MMFMixer:
    torch.manual_seed(0)
    text = {"type": "bert_text", "params": {"bert": bert, "trainable": trainable}}
    audio, video = {"type": "resnet_audio", "params": SMALL}, {"type": "resnet_frames", "params": SMALL}
    sizes = {"text": (text, 16, 5), "audio": (audio, 512, 1), "video": (video, 512, 2)}
    made = MMFMixer(
        OmegaConf.create(
            {
                "model": "mmf_mixer",
                "modalities": [
                    {"key": key, "embedding_dim": width, "position_dim": tokens, "encoder": encoder}
                    for key, (encoder, width, tokens) in sizes.items()
                ],
                "num_labels": 3,
                "channels": 8,
                "blocks": 1,
                "token_width": 8,
                "channel_width": 8,
                "pools": 0,
                "experts": 0,
                "dropout": 0.1,
                "losses": [],
            }
        )
    )
    made.build()
    return made


def batches(steps: int) -> Iterator[dict[str, Tensor]]:
    for _ in range(steps):
        yield {
            "text": torch.tensor([[2, 7, 9, 3, 0], [2, 11, 3, 0, 0], [2, 5, 6, 8, 3]]),
            "text_mask": torch.tensor([[1, 1, 1, 1, 0], [1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]),
            "audio": torch.randn(3, 3, 32, 32),
            "audio_mask": torch.ones(3, 1, dtype=torch.long),
            "video": torch.randn(3, 2, 3, 32, 32),
            "video_mask": torch.ones(3, 2, dtype=torch.long),
        }


def moved_by_training(made: nn.Module) -> set[str]:
    """Names of the parameters and buffers that are not bit for bit what they were, after three training steps."""

    def all_values() -> dict[str, Tensor]:
        return {**dict(made.named_parameters()), **dict(made.named_buffers())}

    before = {name: value.detach().clone() for name, value in all_values().items()}
    optimizer = torch.optim.AdamW(made.get_optimizer_parameters(None), lr=0.01, weight_decay=0.1)
    for batch in batches(3):
        made.train()
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(made.forward(batch)["scores"], torch.tensor([0, 1, 2])).backward()
        optimizer.step()
    return {name for name, value in all_values().items() if not torch.equal(before[name], value)}


@pytest.mark.parametrize("trainable", ["none", "embeddings_and_layernorm", "all"])
def test_exactly_what_is_trainable_moves(bert: str, trainable: str) -> None:
    made = model(bert, trainable)
    encoders = {name for name, _ in [*made.named_parameters(), *made.named_buffers()] if name.startswith("encoders.")}
    weights = {name for name, _ in made.named_parameters() if name.startswith("encoders.text.bert.")}
    wanted = {
        "none": set(),
        "embeddings_and_layernorm": {name for name in weights if ".embeddings." in name or ".LayerNorm." in name},
        "all": weights,
    }[trainable]
    # 5 of the embeddings, 2 x 2 LayerNorms of a weight and a bias; a key's bias moves all scores of a query alike
    assert len(wanted) == {"none": 0, "embeddings_and_layernorm": 5 + 8, "all": 5 + 2 * 16}[trainable]

    moved = moved_by_training(made)

    keys_bias = {name for name in wanted if name.endswith("key.bias")}
    assert moved & encoders - keys_bias == wanted - keys_bias
    assert {"head.weight", "tokens.positions"} <= moved


def test_batch_norm_would_have_moved_if_it_were_trained(bert: str) -> None:
    encoder = ResNetFrames({**SMALL, "trainable": True}).train()
    before = encoder.trunk[1].running_mean.clone()
    encoder(torch.randn(2, 1, 3, 32, 32))
    assert not torch.equal(encoder.trunk[1].running_mean, before)


@pytest.mark.parametrize("encoder", [ResNetFrames(SMALL), R3DVideo({"weights": "none", "arch": "mc3_18"})])
def test_a_frozen_encoder_gives_the_same_in_training_without_gradients(encoder: nn.Module) -> None:
    frames = torch.randn(2, 2, 3, 16, 16)
    expected = encoder.eval().encode(frames)
    nn.Sequential(encoder).train()
    assert not any(module.training for module in encoder.modules())
    found = encoder(frames)
    assert not found.requires_grad
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
