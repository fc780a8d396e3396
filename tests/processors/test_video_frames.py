from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from mmf_mixer.data.clip import Clip
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
    ("rate", "start", "end", "expected"),
    [
        ("native", None, None, [3, 4, 5, 6]),  # ten frames in a second: the middle ones
        (5.0, None, None, [1, 3, 5, 7]),
        ("native", 0.2, 0.4, [2, 3, 3, 3]),  # too short: its last frame stays
        ("native", 0.21, 0.22, [2, 2, 2, 2]),
        (5, 0.5, 1.0, [6, 8, 9, 9]),
    ],
)
def test_consecutive_frames(
    tmp_path: Path, rate: Any, start: float | None, end: float | None, expected: list[int]
) -> None:
    item = clip(write_media(tmp_path / "a.mp4"), start, end)
    processor = VideoFrames({"frames": 4, "size": 8, "frame_rate": rate} | PLAIN)

    values = processor(item)["values"]

    assert torch.allclose(values[:, 0, -1, -1], torch.tensor([level(n) / 255 for n in expected]), atol=0.02)
    assert [int(10 * time) for time in processor.times(item)] == expected


def test_times_are_those_of_the_frames(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4")

    assert VideoFrames({"frames": 5}).times(clip(path)) == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])
    assert VideoFrames({"frames": 2}).times(clip(path, 0.4, 0.6)) == pytest.approx([0.45, 0.55])
    assert VideoFrames({}).times(clip(None)) == []


def test_grey_pictures_have_one_channel(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4")
    settings: dict[str, Any] = {"frames": 5, "size": 8, "crop": [0.5, 0, 1, 1]}

    grey = VideoFrames(settings | {"grey": True, "mean": [0.5], "std": [0.25]})
    colour = VideoFrames(settings | PLAIN)(clip(path))["values"]

    assert torch.allclose(grey(clip(path))["values"], (colour.mean(dim=1, keepdim=True) - 0.5) / 0.25, atol=0.05)
    assert grey(clip(None))["values"].shape == (5, 1, 8, 8)


def test_augmentation_is_off_by_default_and_leaves_its_input_alone() -> None:
    values = torch.rand(3, 3, 8, 8)
    before = values.clone()
    assert not VideoFrames({}).augments and VideoFrames({}).augment(values) is values

    processor = VideoFrames({"shift": 2, "flip": 0.5})

    made = [processor.augment(values) for _ in range(8)]
    assert processor.augments and not all(torch.equal(made[0], other) for other in made)
    assert torch.equal(values, before)


def test_augmentation_is_chosen_by_the_global_seed() -> None:
    values, processor = torch.rand(3, 3, 8, 8), VideoFrames({"shift": 3, "flip": 0.5})
    first, again = [], []
    for made in (first, again):
        torch.manual_seed(7)
        made += [processor.augment(values) for _ in range(4)]
    assert torch.equal(torch.stack(first), torch.stack(again))


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
        ({"grey": True}, "mean and std must be one number each for grey pictures"),
        ({"frame_rate": 0}, "frame_rate must be null, native or frames per second, not 0"),
        ({"frame_rate": "fast"}, "not 'fast'"),
        ({"frame_rate": True}, "not True"),
        ({"shift": -1}, "shift must be 0 or more pixels, and flip a probability"),
        ({"flip": 1.5}, "flip a probability"),
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


@pytest.mark.parametrize("name", ["bigbuckbunny.mp4", "demo.mp4", "grid_original.mpg", "mdn.mp4", "test.avi"])
def test_real_videos_give_sixteen_different_frames_in_a_row(shared: Path, name: str) -> None:
    item = clip(shared / "data" / "videos" / name)
    processor = VideoFrames({"frames": 16, "size": 56, "frame_rate": "native"} | PLAIN)

    values, steps = processor(item)["values"], torch.tensor(processor.times(item)).diff()

    assert values.diff(dim=0).abs().amax(dim=(1, 2, 3)).min() > 0
    assert torch.allclose(steps, steps.mean().expand(15), atol=1e-5) and 0.03 < steps.mean() < 0.041


@pytest.mark.parametrize("rate", [None, 5.0, "native"])
def test_odd_sizes_at_a_varying_rate(tmp_path: Path, rate: Any) -> None:
    stamps = [0, 40, 200, 210, 220, 400, 480, 500, 640, 700]
    item = clip(write_media(tmp_path / "a.mkv", size=(31, 45), times_ms=stamps), 0.0, 0.8)
    processor = VideoFrames({"frames": 4, "size": [21, 13], "frame_rate": rate} | PLAIN)

    values, times = processor(item)["values"], processor.times(item)

    on_screen = [max(n for n in range(10) if stamps[n] <= 1000 * time) for time in times]
    assert len(set(on_screen)) > 2
    assert torch.allclose(values[:, 0, -2, -2], torch.tensor([level(n) / 255 for n in on_screen]), atol=0.03)


def test_a_portrait_recording_is_upright(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4", size=(30, 46), rotation=90)

    values = VideoFrames({"frames": 2, "size": [46, 30], "frame_rate": "native"} | PLAIN)(clip(path))["values"]

    assert values.shape == (2, 3, 46, 30)
    assert values[0, :, -4, 4].min() > 0.9 and values[0, :, 4, 4].max() < 0.5  # the white quarter is below


def test_another_track_is_read_where_it_is_named(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4")

    for call in (VideoFrames({}), VideoFrames({}).times):
        with pytest.raises(InputError, match=r"a\.mp4: has no picture track 1; its picture tracks are 0"):
            call(replace(clip(path), video_track=1))
