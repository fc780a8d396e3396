"""The video ResNets: their shapes, and that they see time."""

import pytest
import torch

from mmf_mixer.encoders.video import R3DVideo


@pytest.mark.parametrize(
    ("arch", "frames", "tokens"),
    [
        ("r3d_18", 16, 2),
        ("r3d_18", 8, 1),
        ("r3d_18", 3, 1),
        ("r3d_18", 17, 3),
        ("r2plus1d_18", 16, 2),
        ("mc3_18", 4, 4),
    ],
)
def test_a_clip_becomes_a_token_for_eight_frames(arch: str, frames: int, tokens: int) -> None:
    encoder = R3DVideo({"arch": arch, "weights": "none"})
    assert encoder(torch.randn(2, frames, 3, 16, 16)).shape == (2, tokens, 512) and encoder.out_dim == 512


def test_the_picture_is_averaged_and_the_order_of_frames_matters() -> None:
    torch.manual_seed(0)
    encoder = R3DVideo({"weights": "none"})
    clip = torch.randn(1, 16, 3, 32, 32)
    tokens = encoder(clip)
    maps = encoder.trunk(clip.transpose(1, 2))
    assert maps.shape == (1, 512, 2, 2, 2)
    torch.testing.assert_close(tokens[0, 1], maps[0, :, 1].mean(dim=(1, 2)), rtol=1e-4, atol=1e-5)
    assert not torch.allclose(encoder(clip.flip(1)), tokens.flip(1), rtol=1e-2)
