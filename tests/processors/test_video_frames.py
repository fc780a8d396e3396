from pathlib import Path
from typing import Any

import pytest
import torch

from mmf_mixer.datasets.schema import Clip
from mmf_mixer.errors import InputError
from mmf_mixer.processors.video_frames import VideoFrames
from tests.media.make import level, write_media

PLAIN: dict[str, Any] = {"mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0]}


def clip(video: Path | None, start: float | None = None, end: float | None = None) -> Clip:
    return Clip("c", video, video, None, start, end, ())


def test_frames_are_channels_first_and_normalised(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4")
    settings = {"frames": 5, "size": [24, 32]}

    plain = VideoFrames(settings | PLAIN)(clip(path))
    scaled = VideoFrames(settings | {"mean": [0.1, 0.2, 0.3], "std": [0.5, 0.25, 2.0]})(clip(path))

    assert plain["values"].shape == (5, 3, 24, 32) and plain["values"].dtype == torch.float32
    expected = torch.tensor([level(n) / 255 for n in (1, 3, 5, 7, 9)])
    assert torch.allclose(plain["values"][:, 0, -3, -3], expected, atol=0.02)
    mean, std = torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1), torch.tensor([0.5, 0.25, 2.0]).view(3, 1, 1)
    assert torch.allclose(scaled["values"], (plain["values"] - mean) / std, atol=1e-5)
    assert torch.equal(plain["mask"], torch.ones(5, dtype=torch.long))


def test_window_crop_and_tokens(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4")

    made = VideoFrames({"frames": 2, "size": 8, "crop": [0, 0, 0.25, 0.25], "tokens": 3} | PLAIN)(clip(path, 0.4, 0.6))
    whole = VideoFrames({"frames": 2, "size": 8} | PLAIN)(clip(path, 0.4, 0.6))

    assert made["values"].min() > 0.9 and made["mask"].tolist() == [1, 1, 1]
    assert torch.allclose(whole["values"][:, 0, -1, -1], torch.tensor([level(4), level(5)]) / 255, atol=0.02)


def test_an_absent_video_is_zeros() -> None:
    made = VideoFrames({"frames": 4, "size": 16})(clip(None))

    assert made["values"].shape == (4, 3, 16, 16) and not made["values"].any()
    assert made["mask"].tolist() == [0, 0, 0, 0] and made["mask"].dtype == torch.long


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"frame": 3}, "nothing reads 'frame': did you mean 'frames'?"),
        ({"frames": 0}, "frames and tokens must be at least 1"),
        ({"tokens": 0}, "frames and tokens must be at least 1"),
        ({"size": [1, 2, 3]}, "size must be pixels or [height, width], not [1, 2, 3]"),
        ({"size": 0}, "size must be pixels"),
        ({"size": "big"}, "size must be pixels"),
        ({"crop": [0, 0, 100, 100]}, "crop must be [top, left, bottom, right] in fractions"),
        ({"crop": [0.5, 0, 0.5, 1]}, "crop must be"),
        ({"crop": [0, 1]}, "crop must be"),
        ({"mean": [0.5]}, "mean and std must be three numbers each"),
        ({"std": [1, 0, 1]}, "std above 0"),
    ],
)
def test_wrong_parameters_are_named(params: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match="^processor video_frames") as caught:
        VideoFrames(params)

    assert message in str(caught.value)


def test_the_mouth_of_grid51(shared: Path) -> None:
    path = shared / "data" / "grid51" / "clips" / "bbaf4p.mp4"
    mouth = [86 / 144, 53 / 180, 130 / 144, 97 / 180]

    whole = VideoFrames({"frames": 25, "size": [144, 180]} | PLAIN)(clip(path))["values"]
    cut = VideoFrames({"frames": 25, "size": [44, 44], "crop": mouth} | PLAIN)(clip(path))["values"]

    assert torch.equal(cut, whole[:, :, 86:130, 53:97])
    assert whole.diff(dim=0).abs().mean(dim=(1, 2, 3)).min() > 0  # twenty-five different frames
