"""torchvision's networks without their last layers, as encoders."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from torch import nn
from torchvision import models

from mmf_mixer.encoders.base import TokenEncoder
from mmf_mixer.encoders.weights import load_weights, read_weights, torchvision_file
from mmf_mixer.errors import InputError


def torchvision_trunk(arch: str, weights: str) -> tuple[nn.Sequential, int]:
    """A ResNet or video ResNet without pooling and classifier, and D, the channels of what it gives.

    Args:
        arch: a torchvision name, such as "resnet34" or "r3d_18".
        weights: "default" (through torchvision's own cache), "none" (random), or the path of a state dict, whose
            classifier, if it has one, is left out.

    Raises:
        InputError: weights that are not to be had, or are not of this network.
    """
    network = models.get_model(arch, weights=None)
    width: int = network.fc.in_features
    network.fc = nn.Identity()
    if weights != "none":
        path = torchvision_file(arch) if weights == "default" else Path(weights).expanduser()
        state = {name: value for name, value in read_weights(path).items() if not name.startswith("fc.")}
        load_weights(network, state, path)
    return nn.Sequential(*list(network.children())[:-2]), width


class TorchvisionEncoder(TokenEncoder):
    """A torchvision network that subclasses run over their pictures or clips.

    Raises:
        InputError: an unknown `arch`, or weights that are not to be had.
    """

    @dataclass
    class Config:
        """`arch`: a torchvision name; `weights`: default, none or a path; `trainable`: train it too."""

        arch: str
        weights: str = "default"
        trainable: bool = False

    archs: ClassVar[list[str]]

    def __init__(self, config: Any = None) -> None:
        super().__init__(config)
        if self.options.arch not in self.archs:
            raise InputError(f"encoder: arch cannot be '{self.options.arch}'; it can be {', '.join(self.archs)}.")
        self.trunk, self.out_dim = torchvision_trunk(self.options.arch, self.options.weights)
        if not self.options.trainable:
            self.freeze()


class ResNetEncoder(TorchvisionEncoder):
    """A ResNet (He et al., 2016, https://arxiv.org/abs/1512.03385): `N x 3 x H x W -> N x D x H/32 x W/32`.

    Its weights ask for pictures of mean 0.485 0.456 0.406 and deviation 0.229 0.224 0.225.
    """

    @dataclass
    class Config(TorchvisionEncoder.Config):
        arch: str = "resnet34"

    archs = models.list_models(module=models, include="*resne*")
