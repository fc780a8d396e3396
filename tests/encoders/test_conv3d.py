"""The trained front end: shape, movement in time, and its complaint."""

from pathlib import Path

import pytest
import torch
from torch import nn

from mmf_mixer.encoders.conv3d import Conv3dVideo
from mmf_mixer.errors import InputError


@pytest.mark.parametrize(("channels", "frames", "tokens"), [(1, 75, 25), (3, 16, 6), (1, 1, 1)])
def test_a_token_for_every_third_frame(channels: int, frames: int, tokens: int) -> None:
    encoder = Conv3dVideo({"channels": channels})
    values = encoder(torch.randn(2, frames, channels, 22, 32))
    assert values.shape == (2, tokens, encoder.out_dim) == (2, tokens, 768)


def test_a_movement_that_comes_later_gives_the_same_tokens_later() -> None:
    torch.manual_seed(0)
    encoder = Conv3dVideo().eval()
    movement, still = torch.randn(1, 9, 1, 22, 32), torch.zeros(1, 12, 1, 22, 32)
    early = encoder(torch.cat([still, movement, still, still], dim=1))
    late = encoder(torch.cat([still, still, movement, still], dim=1))
    assert early[:, 4:7].std() > 0.01
    torch.testing.assert_close(early[:, 4:7], late[:, 8:11])


def test_tokens_are_standardised_over_clips_and_time() -> None:
    torch.manual_seed(0)
    encoder = Conv3dVideo({"dropout": 0.0})
    tokens = encoder(5 + torch.randn(4, 30, 1, 22, 32)).flatten(0, 1)
    torch.testing.assert_close(tokens.mean(dim=0), torch.zeros(768), rtol=0, atol=1e-5)
    alive = tokens.var(dim=0) > 0  # a channel may be off in a corner of all pictures
    torch.testing.assert_close(tokens.var(dim=0, unbiased=False)[alive].median(), torch.tensor(1.0), rtol=0, atol=0.01)
    assert alive.float().mean() > 0.9


def test_all_of_it_is_trained_and_saved() -> None:
    encoder = Conv3dVideo()
    encoder(torch.randn(2, 6, 1, 22, 32)).sum().backward()
    assert all(weight.grad is not None and weight.requires_grad for weight in encoder.parameters())
    assert set(encoder.state_dict()) >= {name for name, _ in encoder.named_parameters()}


def test_one_that_a_run_has_trained_is_taken_from_the_model_it_saved(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.ModuleDict({"encoders": nn.ModuleDict({"video": Conv3dVideo()}), "head": nn.Linear(2, 2)})
    torch.save(model.state_dict(), tmp_path / "final.pth")
    encoder = Conv3dVideo({"weights": str(tmp_path / "final.pth"), "trainable": False})
    assert encoder.frozen and not any(weight.requires_grad for weight in encoder.parameters())
    clip = torch.randn(1, 6, 1, 22, 32)
    torch.testing.assert_close(encoder(clip), model["encoders"]["video"].eval()(clip))


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save(nn.ModuleDict({"video": Conv3dVideo({"channels": 3})}).state_dict(), tmp_path / "final.pth")
    with pytest.raises(InputError, match="final.pth is of another network than Conv3dVideo"):
        Conv3dVideo({"weights": str(tmp_path / "final.pth")})


def test_other_pictures_are_refused() -> None:
    with pytest.raises(InputError, match="3 channels, but its option channels is 1; set channels to 3"):
        Conv3dVideo()(torch.randn(1, 6, 3, 22, 32))
