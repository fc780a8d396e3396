"""What a later split has of an earlier one is found."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.data.make import line
from tests.labels.checked import (
    SAID,
    TAGS,
    checked,
    fine_lines,
    found,
    only,
    write_captions,
    write_fine_folder,
    write_lines,
)

LEAKS = (
    "duplicate in two splits",
    "overlap of two splits",
    "recording in two splits",
    "captions in two splits",
    "captions nearly in two splits",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_fine_folder(tmp_path / "set")


def leak(root: Path, earlier: dict[str, Any], later: dict[str, Any]) -> list[str]:
    """The leaks between a further training clip and a further test clip."""
    common = {"captions": None, "labels": TAGS[0]}
    lines = [line("train-3", **common | earlier), line("test-3", **common | later)]
    write_lines(root, [*fine_lines().values(), *lines])
    report = checked(root)
    kinds = [kind for kind in LEAKS if report.of(kind)]
    assert all(found(report, kind) == [("test", 3, "test-3")] for kind in kinds)
    return kinds


@pytest.mark.parametrize(
    ("earlier", "later", "kind"),
    [
        ((0.0, 0.4), (0.0, 0.4), "duplicate in two splits"),
        ((None, None), (None, None), "duplicate in two splits"),
        ((None, 0.4), (0.0, 0.4), "duplicate in two splits"),
        ((0.0, 0.4), (0.3, 0.7), "overlap of two splits"),
        ((0.2, None), (0.9, 1.0), "overlap of two splits"),
        ((0.0, 0.4), (0.4, 0.8), "recording in two splits"),
    ],
)
def test_windows_of_one_file_in_two_splits_are_found(
    root: Path, earlier: tuple[float | None, ...], later: tuple[float | None, ...], kind: str
) -> None:
    shutil.copy(root / "clips" / "train-1.mp4", root / "clips" / "b.mp4")
    with (root / "clips" / "b.mp4").open("ab") as file:
        file.write(b"\0" * 8)  # so that it is no copy
    ends = [{"video": "clips/b.mp4", "start": start, "end": end} for start, end in (earlier, later)]

    assert leak(root, *ends) == [kind]


def test_a_copy_under_another_name_is_found(root: Path) -> None:
    for name in ("b", "c"):
        (root / "clips" / f"{name}.mp4").write_bytes((root / "clips" / "val-1.mp4").read_bytes() + b"\0" * 8)

    assert leak(root, {"video": "clips/b.mp4"}, {"video": "clips/c.mp4"}) == ["duplicate in two splits"]
    finding = only(checked(root), "duplicate in two splits")
    assert finding.sentence == "its video is the same window of the same recording as clip 'train-3' of train"


def test_a_file_of_the_same_size_is_no_copy(root: Path) -> None:
    content = (root / "clips" / "val-1.mp4").read_bytes()
    for name in ("b", "c"):
        (root / "clips" / f"{name}.mp4").write_bytes(content + name.encode() * 8)

    assert leak(root, {"video": "clips/b.mp4"}, {"video": "clips/c.mp4"}) == []


def test_sound_of_its_own_in_two_splits_is_found(root: Path) -> None:
    shutil.copy(root / "clips" / "val-1.mp4", root / "clips" / "b.mp4")
    with (root / "clips" / "b.mp4").open("ab") as file:
        file.write(b"\0" * 8)
    sound = {"video": None, "audio": "clips/b.mp4"}

    assert leak(root, sound, sound) == ["duplicate in two splits"]


def test_within_a_split_a_recording_may_have_many_clips(root: Path) -> None:
    lines = [line(f"train-{number}", video="clips/train-1.mp4", captions=None) for number in (3, 4)]
    write_lines(root, [*fine_lines().values(), *lines])

    assert not any(checked(root).of(kind) for kind in LEAKS)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (f"  {SAID['train-2'].upper()}!", "captions in two splits"),
        (SAID["train-2"].replace("laughs", "laughed"), "captions nearly in two splits"),
    ],
)
def test_the_same_words_in_two_splits_are_found(root: Path, said: str, kind: str) -> None:
    write_captions(root / "clips" / "test-1.srt", said)

    report = checked(root)

    assert [each for each in LEAKS if report.of(each)] == [kind]
    assert found(report, kind) == [("test", 1, "test-1")]
    assert "clip 'train-2' of train" in only(report, kind).sentence


def test_words_that_many_clips_share_are_one_finding_for_each_split(root: Path) -> None:
    for id in ("val-1", "test-1", "test-2"):
        write_captions(root / "clips" / f"{id}.srt", "again")
    write_lines(
        root, [*fine_lines().values(), *(line(f"val-{number}", captions="clips/train-2.srt") for number in (3, 4))]
    )
    shutil.copy(root / "clips" / "train-1.mp4", root / "clips" / "a.mp4")

    findings = checked(root).of("captions in two splits")

    assert [(each.split, each.clip) for each in findings] == [("val", "val-3"), ("test", "test-1")]
    first, second = (each.sentence for each in findings)
    assert first.startswith("the captions of this clip and 1 more are those of clip 'train-2' of train: 'somebody")
    assert second == "the captions of this clip and 1 more are those of clip 'val-1' of val: 'again'"


def test_the_similarity_is_that_of_the_letters(root: Path) -> None:
    write_captions(root / "clips" / "train-1.srt", "abcdefghijklmnopqrstuvwxyz")  # 23 shingles
    write_captions(root / "clips" / "val-1.srt", "abcdefghijklmnopqrstuvwxyz12")  # these and 2 more
    write_captions(root / "clips" / "test-1.srt", "12345abcdefghijklmnopqrstu")  # 18 of them and 5 more

    report = checked(root)

    assert found(report, "captions nearly in two splits") == [("val", 1, "val-1")]
    assert f"are {23 / 25:.0%} those of clip 'train-1'" in only(report, "captions nearly in two splits").sentence
