"""Weights: from files, from torchvision's cache, refused in one sentence, and their digest."""

from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models import resnet18

from mmf_mixer.encoders.backbone import torchvision_trunk
from mmf_mixer.encoders.video import R3DVideo
from mmf_mixer.encoders.weights import read_weights, weights_digest
from mmf_mixer.errors import InputError

RESNET18 = "resnet18-f37072fd.pth"  # torchvision's name for the file


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """torchvision's cache, empty, on a machine without a network."""

    def no_network(*args: object, **options: object) -> None:
        raise URLError("no network here")

    monkeypatch.setattr(torch.hub, "urlopen", no_network)
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path / "hub"))
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    return tmp_path / "hub" / "checkpoints"


@pytest.mark.parametrize("name", ["w.safetensors", "w.pth"])
def test_weights_from_a_file(tmp_path: Path, name: str) -> None:
    torch.manual_seed(1)
    state = resnet18(num_classes=7).state_dict()  # another classifier than that of ImageNet, and it is left out
    save_file(state, tmp_path / name) if name == "w.safetensors" else torch.save(state, tmp_path / name)
    trunk, width = torchvision_trunk("resnet18", str(tmp_path / name))
    assert width == 512 and torch.equal(trunk[0].weight, state["conv1.weight"])
    assert torch.equal(trunk[7][1].bn2.running_mean, state["layer4.1.bn2.running_mean"])


def test_default_weights_come_from_the_cache(cache: Path) -> None:
    state = resnet18().state_dict()
    torch.save(state, cache / RESNET18)
    assert torch.equal(torchvision_trunk("resnet18", "default")[0][0].weight, state["conv1.weight"])


def test_without_network_and_cache_one_sentence_says_all(cache: Path) -> None:
    with pytest.raises(InputError) as caught:
        R3DVideo({})
    assert str(caught.value) == (
        f"r3d_18: its weights r3d_18-b3b3357e.pth (127 MB) are not in {cache} and cannot be downloaded (<urlopen error "
        "no network here>); get https://download.pytorch.org/models/r3d_18-b3b3357e.pth and put it there, or set "
        "weights to none or to the path of a state dict."
    )


def test_a_truncated_file_in_the_cache_is_named(cache: Path) -> None:
    torch.save(resnet18().state_dict(), cache / RESNET18)
    content = (cache / RESNET18).read_bytes()
    (cache / RESNET18).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=rf"{RESNET18} cannot be read as a state dict: it is cut off[^\n]*$"):
        torchvision_trunk("resnet18", "default")


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    save_file(resnet18().state_dict(), tmp_path / "w.safetensors")
    with pytest.raises(InputError, match=r"w\.safetensors is of another network than ResNet: Missing key[^\n]*\.\.\.$"):
        torchvision_trunk("resnet34", str(tmp_path / "w.safetensors"))


def test_what_is_no_state_dict_is_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": resnet18().state_dict()}, tmp_path / "w.pth")
    with pytest.raises(InputError, match=r"w\.pth is a dict of other things than tensors"):
        read_weights(tmp_path / "w.pth")
    with pytest.raises(InputError, match=r"none\.pth does not exist"):
        read_weights(tmp_path / "none.pth")


def test_weights_never_run_code(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "ran",)

    torch.save({"conv1.weight": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(InputError, match=r"evil\.pth cannot be read"):
        read_weights(tmp_path / "evil.pth")
    assert not (tmp_path / "ran").exists()


def test_the_digest_follows_parameters_and_buffers() -> None:
    encoder = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    before = weights_digest(encoder)
    assert weights_digest(encoder) == before
    encoder[1].running_mean[0] = 1.0
    changed = weights_digest(encoder)
    assert changed != before
    with torch.no_grad():
        encoder[0].weight[0, 0] += 1e-6
    assert weights_digest(encoder) not in (before, changed)


def test_a_frozen_encoder_has_weights_to_digest() -> None:
    first, second = (R3DVideo({"arch": "mc3_18", "weights": "none"}) for _ in range(2))
    assert weights_digest(first) != weights_digest(second)  # though both leave their weights out of checkpoints
