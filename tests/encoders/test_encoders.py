"""Our encoders: shapes, frozen weights, checkpoints, and their complaints."""

from pathlib import Path

import pytest
import torch
from mmf.utils.build import build_encoder
from omegaconf import OmegaConf
from safetensors.torch import save_file
from torch import nn

from mmf_mixer.encoders.audio import ResNetAudio
from mmf_mixer.encoders.backbone import read_weights, resnet_trunk
from mmf_mixer.encoders.frames import ResNetFrames
from mmf_mixer.encoders.text import BertText
from mmf_mixer.errors import InputError

SMALL = {"arch": "resnet18", "weights": "none"}


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> str:
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("bert")
    config = BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32)
    torch.manual_seed(0)
    BertModel(config).save_pretrained(folder)
    return str(folder)


def test_frames_are_pooled_one_token_each() -> None:
    torch.manual_seed(0)
    encoder = ResNetFrames(SMALL)
    frames = torch.randn(2, 3, 3, 32, 32)
    tokens = encoder(frames)
    assert tokens.shape == (2, 3, 512) and encoder.out_dim == 512
    alone = encoder.trunk(frames[1, 2].unsqueeze(0)).mean(dim=(2, 3))
    torch.testing.assert_close(tokens[1, 2], alone[0], rtol=1e-4, atol=1e-5)


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


def test_exactly_embeddings_and_layer_norms_move(bert: str) -> None:
    encoder = BertText({"bert": bert, "trainable": "embeddings_and_layernorm"}).train()
    before = {name: value.clone() for name, value in encoder.named_parameters()}
    optimizer = torch.optim.AdamW([p for p in encoder.parameters() if p.requires_grad], lr=0.1, weight_decay=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        encoder(torch.tensor([[2, 7, 9, 3]])).pow(3).sum().backward()
        optimizer.step()
    moved = {name for name, value in encoder.named_parameters() if not torch.equal(before[name], value)}
    assert moved == {name for name in before if "embeddings" in name or "LayerNorm" in name}


def test_frozen_means_frozen() -> None:
    encoder = ResNetFrames(SMALL)
    nn.Sequential(encoder).train()
    before = {name: value.clone() for name, value in nn.Module.state_dict(encoder).items()}
    tokens = encoder(torch.randn(2, 1, 3, 32, 32))
    assert not encoder.training and not encoder.trunk[1].training and not tokens.requires_grad
    after = nn.Module.state_dict(encoder)
    assert all(torch.equal(value, after[name]) for name, value in before.items())


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


def test_weights_from_a_file(tmp_path: Path) -> None:
    from torchvision.models import resnet18

    torch.manual_seed(1)
    state = resnet18().state_dict()
    save_file(state, tmp_path / "w.safetensors")
    torch.save(state, tmp_path / "w.pth")
    for name in ("w.safetensors", "w.pth"):
        trunk, width = resnet_trunk("resnet18", str(tmp_path / name))
        assert width == 512 and torch.equal(trunk[0].weight, state["conv1.weight"])


def test_weights_never_run_code(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "ran",)

    torch.save({"conv1.weight": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(InputError, match=r"evil\.pth cannot be read"):
        read_weights(tmp_path / "evil.pth")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"type": "resnet_frames", "params": {"arch": "vgg11"}}, "'vgg11' is not a torchvision ResNet"),
        ({"type": "resnet_frames", "params": {"wieghts": "none"}}, "no setting wieghts: did you mean weights"),
        ({"type": "resnet_audio", "params": {"weights": "no/such.pth"}}, r"no/such\.pth does not exist"),
        ({"type": "bert_text", "params": {"bert": "no/such"}}, "'no/such' is neither a folder"),
    ],
)
def test_bad_options_get_one_sentence(config: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        build_encoder(OmegaConf.create(config))
