import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from mmf_mixer.cli.main import app
from mmf_mixer.data.clip import Clip, LabelGroup
from mmf_mixer.data.folder import read_folder
from mmf_mixer.errors import InputError
from mmf_mixer.media.decode import mono_audio
from mmf_mixer.synthetic.activities import ACTIVITIES, MODALITIES, SUBSETS, ClipPlan, plans, synthesize, write_clip
from tests.synthetic.oracle import read_caption, read_picture, read_sound

Reading = dict[str, int | None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest data set, as the command writes it."""
    root = tmp_path_factory.mktemp("synthetic") / "data"
    result = CliRunner().invoke(app, ["synthesize", str(root), "--clips", "45", "--seed", "3"])
    assert result.exit_code == 0, result.output
    return root


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[ClipPlan, Reading]]:
    """What an oracle reads in the decoded media of the whole test split of 600 clips."""
    root = tmp_path_factory.mktemp("oracle")
    (root / "clips").mkdir()
    oracles: dict[str, Callable[[Clip], int | None]]
    oracles = {"picture": read_picture, "sound": read_sound, "caption": read_caption}
    found = []
    for plan in plans(600, seed=0):
        if plan.split == "test":
            line = write_clip(root, plan, seed=0)
            video, captions = root / str(line["video"]), line["captions"] and root / str(line["captions"])
            clip = Clip(plan.id, video, video, captions or None, None, None, ())
            found.append((plan, {name: oracle(clip) for name, oracle in oracles.items()}))
    return found


def accuracy(readings: list[tuple[ClipPlan, Reading]], modalities: tuple[str, ...]) -> float:
    """Of an oracle that reads these modalities and, where none tells, names the most frequent activity left."""
    told = [(plan.activity, [reading[name] for name in modalities]) for plan, reading in readings]
    silent = Counter(activity for activity, read in told if not any(read_one is not None for read_one in read))
    right = sum(activity in read for activity, read in told) + max(silent.values(), default=0)
    return right / len(readings)


def test_600_clips_fill_the_splits_evenly() -> None:
    dealt = plans(600, seed=0)
    assert Counter(plan.split for plan in dealt) == {"train": 390, "val": 105, "test": 105}
    for split in ("val", "test"):
        pairs = Counter((plan.activity, plan.evidence) for plan in dealt if plan.split == split)
        assert pairs == {(activity, subset): 1 for activity in range(15) for subset in SUBSETS}
    assert {Counter(plan.activity for plan in dealt if plan.split == "train")[a] for a in range(15)} == {26}


def test_evidence_is_never_absent_and_some_distractors_are() -> None:
    dealt = plans(600, seed=0)
    assert not any(set(plan.evidence) & set(plan.absent) for plan in dealt)
    for name in ("sound", "caption"):
        assert 15 <= sum(name in plan.absent for plan in dealt) <= 40  # a tenth of 3/7 of 600 is 26


@pytest.mark.parametrize("modality", MODALITIES)
def test_one_modality_reaches_60_percent_of_the_test_split(
    readings: list[tuple[ClipPlan, Reading]], modality: str
) -> None:
    assert accuracy(readings, (modality,)) == pytest.approx(0.60, abs=0.03)


def test_three_modalities_reach_95_percent_and_two_do_not(readings: list[tuple[ClipPlan, Reading]]) -> None:
    assert accuracy(readings, MODALITIES) >= 0.97
    assert accuracy(readings, ("picture", "caption")) == pytest.approx(13 / 15, abs=0.03)


def test_no_modality_shows_another_activity(readings: list[tuple[ClipPlan, Reading]]) -> None:
    for plan, reading in readings:
        for name in MODALITIES:
            if name not in plan.evidence:
                assert reading[name] is None, (plan, name)


def test_the_folder_is_a_valid_data_set(folder: Path) -> None:
    content = read_folder(folder)
    assert content.labels.groups == (LabelGroup("activity", True, ACTIVITIES),)
    for split, clips in content.splits.items():
        assert sorted(clip.labels[0] for clip in clips) == sorted(content.labels.names), split


def test_evidence_is_told_beside_the_splits(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / "evidence.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == [f"{index:05d}" for index in range(45)]
    assert lines[0]["modalities"] == ["picture", "sound", "caption"]
    assert all(line["modalities"] and set(line["modalities"]) <= set(MODALITIES) for line in lines)


def test_the_media_are_h264_and_aac(folder: Path) -> None:
    with av.open(str(folder / "clips" / "00000.mp4")) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.width, video.height, video.frames) == ("h264", 96, 96, 20)
        assert (audio.codec_context.name, audio.rate, audio.channels) == ("aac", 16_000, 1)


def test_absent_sound_and_captions_are_really_absent(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    line = write_clip(tmp_path, ClipPlan("00007", "train", 3, ("picture",), ("sound", "caption")), seed=0)
    assert line["captions"] is None
    assert mono_audio(tmp_path / "clips" / "00007.mp4", 16_000) is None
    assert not list(tmp_path.glob("clips/*.srt"))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path, folder: Path) -> None:
    synthesize(tmp_path / "again", clips=45, seed=3)
    names = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    assert len(names) > 80
    for name in names:
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name
    (tmp_path / "clips").mkdir()
    write_clip(tmp_path, plans(45, seed=4)[0], seed=4)
    assert (tmp_path / "clips" / "00000.mp4").read_bytes() != (folder / "clips" / "00000.mp4").read_bytes()


def test_the_same_data_set_is_not_written_twice(folder: Path) -> None:
    clip = folder / "clips" / "00000.mp4"
    before = clip.stat().st_mtime_ns
    synthesize(folder, clips=45, seed=3)
    assert clip.stat().st_mtime_ns == before
    with pytest.raises(InputError, match="not empty"):
        synthesize(folder, clips=45, seed=4)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        synthesize(tmp_path, clips=45)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_too_few_clips_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 45"):
        synthesize(tmp_path / "data", clips=44)
    assert not (tmp_path / "data").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file/data: cannot be made"):
        synthesize(tmp_path / "file" / "data", clips=45)


def test_a_failure_leaves_no_half_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> np.ndarray:
        raise MemoryError

    monkeypatch.setattr("mmf_mixer.synthetic.picture.draw", fail)
    with pytest.raises(MemoryError):
        synthesize(tmp_path / "data", clips=45)
    assert not list(tmp_path.iterdir())
