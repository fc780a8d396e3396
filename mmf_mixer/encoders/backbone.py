"""Picture networks without their last layers, with weights that are loaded safely or asked for clearly."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision import models

from mmf_mixer.encoders.base import TokenEncoder
from mmf_mixer.errors import InputError


def read_weights(path: Path) -> dict[str, Tensor]:
    """A state dict from a `.safetensors` or torch file; pickled code is never run.

    Raises:
        InputError: there is no such file, or it is not a state dict.
    """
    if not path.is_file():
        raise InputError(f"weights: {path} does not exist; give the path of a .safetensors or torch file.")
    try:
        state = load_file(path) if path.suffix == ".safetensors" else torch.load(path, weights_only=True)
    except Exception as error:  # both loaders raise types of their own; the file is at fault in every case
        raise InputError(f"weights: {path} cannot be read as a state dict ({error}).") from error
    if not isinstance(state, Mapping):
        raise InputError(f"weights: {path} holds a {type(state).__name__}, not a state dict.")
    return dict(state)


def resnet_trunk(arch: str, weights: str) -> tuple[nn.Sequential, int]:
    """A torchvision ResNet without pooling and classifier: `N x 3 x H x W -> N x D x H/32 x W/32`, and D.

    Args:
        arch: a torchvision name, such as "resnet34".
        weights: "default" (ImageNet, through torchvision's own cache), "none" (random), or a path.

    Raises:
        InputError: an unknown name, or weights that are not to be had.
    """
    if not arch.startswith("resnet") or arch not in models.list_models(module=models):
        raise InputError(f"encoder: '{arch}' is not a torchvision ResNet; use resnet18, resnet34 or resnet50.")
    network = models.get_model(arch, weights=None)
    if weights == "default":
        network.load_state_dict(_downloaded(arch))
    elif weights != "none":
        network.load_state_dict(read_weights(Path(weights)))
    width: int = network.fc.in_features
    return nn.Sequential(*list(network.children())[:-2]), width


def _downloaded(arch: str) -> Mapping[str, Tensor]:
    entry = models.get_model_weights(arch).DEFAULT
    try:
        state: Mapping[str, Tensor] = entry.get_state_dict(progress=True, check_hash=True)
    except URLError as error:
        name = Path(entry.url).name
        raise InputError(
            f"encoder: the ImageNet weights of {arch} ({name}, {entry.meta['_file_size']:.0f} MB) are not in "
            f"{torch.hub.get_dir()}/checkpoints and cannot be downloaded; put {entry.url} there, or set "
            f"weights: none or a path."
        ) from error
    return state


class ResNetEncoder(TokenEncoder):
    """A ResNet (He et al., 2016, https://arxiv.org/abs/1512.03385) that subclasses run over their pictures.

    Raises:
        InputError: an unknown `arch`, or weights that are not to be had.
    """

    @dataclass
    class Config:
        """`arch`: a torchvision ResNet; `weights`: default, none or a path; `trainable`: train it too."""

        arch: str = "resnet34"
        weights: str = "default"
        trainable: bool = False

    def __init__(self, config: Any = None) -> None:
        super().__init__(config)
        self.trunk, self.out_dim = resnet_trunk(self.options.arch, self.options.weights)
        if not self.options.trainable:
            self.freeze()
