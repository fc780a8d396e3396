"""Our encoders: shapes, frozen weights, checkpoints, and their complaints."""

import pytest
import torch
from mmf.utils.build import build_encoder
from omegaconf import OmegaConf
from torch import nn

from mmf_mixer.encoders.audio import ResNetAudio
from mmf_mixer.encoders.frames import ResNetFrames
from mmf_mixer.encoders.text import BertText
from mmf_mixer.errors import InputError

SMALL = {"arch": "resnet18", "weights": "none"}


def test_frames_are_pooled_one_token_each() -> None:
    torch.manual_seed(0)
    encoder = ResNetFrames(SMALL)
    frames = torch.randn(2, 3, 3, 32, 32)
    tokens = encoder(frames)
    assert tokens.shape == (2, 3, 512) and encoder.out_dim == 512
    alone = encoder.trunk(frames[1, 2].unsqueeze(0)).mean(dim=(2, 3))
    torch.testing.assert_close(tokens[1, 2], alone[0], rtol=1e-4, atol=1e-5)


def test_frames_may_keep_their_grid() -> None:
    torch.manual_seed(0)
    encoder = ResNetFrames({**SMALL, "pool": False})
    frames = torch.randn(1, 2, 3, 224, 224)
    tokens = encoder(frames)
    assert tokens.shape == (1, 2 * 49, 512)
    second = encoder.trunk(frames[:, 1])[0]
    torch.testing.assert_close(tokens[0, 49 + 7 * 2 + 5], second[:, 2, 5], rtol=1e-4, atol=1e-5)


def test_audio_keeps_its_seven_by_seven_grid() -> None:
    torch.manual_seed(0)
    encoder = ResNetAudio(SMALL)
    picture = torch.randn(1, 3, 224, 224)
    tokens = encoder(picture)
    assert tokens.shape == (1, 49, 512)
    torch.testing.assert_close(tokens[0, 7 * 2 + 5], encoder.trunk(picture)[0, :, 2, 5])


def test_text_does_not_attend_to_padding(bert: str) -> None:
    encoder = BertText({"bert": bert})
    short, padded = torch.tensor([[2, 7, 3]]), torch.tensor([[2, 7, 3, 0, 0]])
    assert encoder(padded).shape == (1, 5, 16)
    torch.testing.assert_close(encoder(padded)[:, :3], encoder(short), rtol=1e-4, atol=1e-5)


def test_minilm_comes_from_its_package() -> None:
    encoder = BertText({"bert": "minilm"})
    assert encoder.out_dim == 384 and len(encoder.bert.encoder.layer) == 6
    assert not any(parameter.requires_grad for parameter in encoder.parameters())


def test_a_trained_encoder_follows_the_trainer() -> None:
    encoder = ResNetFrames({**SMALL, "trainable": True}).train()
    assert encoder.training and encoder(torch.randn(2, 1, 3, 32, 32)).requires_grad


def test_features_pass_through() -> None:
    encoder = ResNetFrames(SMALL)
    features = torch.randn(2, 8, 512)
    assert encoder(features) is features


def test_checkpoints_leave_frozen_weights_out_and_load_all_the_same() -> None:
    model = nn.ModuleDict({"video": ResNetFrames(SMALL), "head": nn.Linear(512, 2)})
    state = model.state_dict()
    assert set(state) == {"head.weight", "head.bias"}
    other = nn.ModuleDict({"video": ResNetFrames(SMALL), "head": nn.Linear(512, 2)})
    own = other["video"].trunk[0].weight.clone()
    other.load_state_dict(state)  # strict: nothing is missing, nothing is left over
    assert torch.equal(other["head"].weight, model["head"].weight)
    assert torch.equal(other["video"].trunk[0].weight, own)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"type": "resnet_frames", "params": {"arch": "vgg11"}}, "arch cannot be 'vgg11'; it can be .*resnet34"),
        ({"type": "r3d_video", "params": {"arch": "resnet18"}}, "it can be r3d_18, mc3_18, r2plus1d_18"),
        ({"type": "resnet_frames", "params": {"wieghts": "none"}}, "no setting wieghts: did you mean weights"),
        ({"type": "resnet_audio", "params": {"weights": "no/such.pth"}}, r"no/such\.pth does not exist"),
        (
            {"type": "bert_text", "params": {"bert": "no/such"}},
            "no/such is no folder, and its model.safetensors is not in",
        ),
        ({"type": "bert_text", "params": {"bert": "minilm", "trainable": "some"}}, "trainable is 'some'; use none"),
    ],
)
def test_bad_options_get_one_sentence(config: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        build_encoder(OmegaConf.create(config))
