"""Frozen networks of convolutions, run in another way."""

from typing import Any

import pytest
import torch
from torch import nn

from mmf_mixer.encoders import faster
from mmf_mixer.encoders.faster import TOLERANCE, Choice, fastest
from mmf_mixer.encoders.frames import ResNetFrames
from mmf_mixer.encoders.video import R3DVideo
from mmf_mixer.encoders.weights import weights_digest


def trained(encoder: Any) -> Any:
    """With batch norms that do something, as after a training."""
    torch.manual_seed(0)
    for part in encoder.modules():
        if isinstance(part, nn.BatchNorm2d | nn.BatchNorm3d):
            part.running_mean.normal_(std=0.1)
            part.running_var.uniform_(0.5, 2.0)
    return encoder


CASES = {
    "pictures": (lambda: ResNetFrames({"arch": "resnet18", "weights": "none"}), (1, 2, 3, 64, 64)),
    "video": (lambda: R3DVideo({"weights": "none"}), (1, 8, 3, 32, 32)),
}


@pytest.mark.parametrize(("folded", "last"), [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize("name", CASES)
def test_every_way_gives_the_same_tokens(name: str, folded: bool, last: bool) -> None:
    make, shape = CASES[name]
    encoder, media = trained(make()), torch.randn(shape)
    digest = weights_digest(encoder)
    other = faster.remade(encoder, folded, last)
    expected = encoder.encode(media)
    assert float((other.encode(media) - expected).abs().max() / expected.abs().max()) < TOLERANCE
    norms = [part for part in other.modules() if isinstance(part, nn.BatchNorm2d | nn.BatchNorm3d)]
    assert bool(norms) != folded and weights_digest(encoder) == digest


def test_what_is_slower_or_differs_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, media = trained(CASES["pictures"][0]()), torch.randn(1, 1, 3, 32, 32)
    seconds = {"as": 1.0, "way": 2.0}
    spent = {"now": 0.0}

    def encode(of: nn.Module, values: torch.Tensor) -> torch.Tensor:
        spent["now"] += seconds["as" if of is encoder else "way"]
        return values.flatten()[:4] + (0.0 if of is encoder else seconds.get("off", 0.0))

    monkeypatch.setattr(faster, "encode_once", encode)
    monkeypatch.setattr(faster.time, "process_time", lambda: spent["now"])
    assert fastest(encoder, media) == (encoder, Choice())  # slower
    seconds["way"] = 0.5
    assert fastest(encoder, media)[1] == Choice("norms folded", 2.0, 0.0)
    seconds["off"] = 1.0
    assert fastest(encoder, media) == (encoder, Choice())  # faster, and something else


def test_what_is_no_network_of_convolutions_stays_as_it_is() -> None:
    encoder = nn.Sequential(nn.Conv2d(3, 2, 1), nn.Flatten(), nn.Linear(2 * 64, 8))
    assert fastest(encoder, torch.randn(1, 3, 8, 8)) == (encoder, Choice())
