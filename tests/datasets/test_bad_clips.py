import atexit
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from mmf_mixer.datasets.bad_clips import BadClips, bad_clips
from mmf_mixer.errors import InputError


def add_some(account: BadClips, first: int) -> None:
    for number in range(first, first + 20):
        account.add("train", f"clip-{number}", "video", InputError(f"clip-{number}.mp4: cannot be decoded."))


def test_a_clip_is_recorded_once_and_summed_up(tmp_path: Path) -> None:
    account = BadClips(tmp_path / "new" / "bad_clips.jsonl")
    assert account.summary() is None

    for _ in range(3):
        account.add("train", "a", "video", InputError("a.mp4: cannot be decoded."))
    assert (
        account.summary()
        == f"1 clip could not be read and took no part: train a (video); the reasons are in {account.path}."
    )

    account.add("val", "b", "text", InputError("b.srt: its letters are unknown."))
    assert account.summary().startswith("2 clips could not be read and took no part: train a (video), val b (text);")
    assert [json.loads(line)["error"] for line in account.path.read_text().splitlines()] == [
        "a.mp4: cannot be decoded.",
        "b.srt: its letters are unknown.",
    ]


def test_a_hint_is_said_once_and_is_no_error(tmp_path: Path) -> None:
    account = BadClips(tmp_path / "bad_clips.jsonl")

    for clip in ("a", "b", "a"):
        account.hint("train", clip, "audio", "a.mp4: its sound track 0 is silent.")

    assert [json.loads(line) for line in account.path.read_text().splitlines()] == [
        {"split": "train", "id": "a", "modality": "audio", "hint": "a.mp4: its sound track 0 is silent."}
    ]
    assert account.summary() == "Hint: a.mp4: its sound track 0 is silent."
    account.hint("train", "c", "audio", "c.mp4: its sound track 0 is silent.")
    account.add("train", "b", "video", InputError("b.mp4: cannot be decoded."))
    assert account.summary().startswith("1 clip could not be read and took no part: train b (video);")
    assert account.summary().endswith(f"Hint: a.mp4: its sound track 0 is silent. {account.path} has 1 more.")


def test_a_later_run_counts_anew(tmp_path: Path) -> None:
    path = tmp_path / "bad_clips.jsonl"
    add_some(BadClips(path), 0)

    later = BadClips(path)
    assert later.summary() is None
    add_some(later, 10)

    assert later.summary().startswith("20 clips") and " and 10 more; " in later.summary()
    assert len(path.read_text().splitlines()) == 40


def test_many_processes_write_whole_lines(tmp_path: Path) -> None:
    account = BadClips(tmp_path / "bad_clips.jsonl")

    with ProcessPoolExecutor(3) as pool:
        list(pool.map(add_some, [account] * 3, [0, 20, 40]))

    assert sorted(json.loads(line)["id"] for line in account.lines()) == sorted(f"clip-{n}" for n in range(60))


def test_the_summary_is_told_once_when_the_process_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at_exit = []
    monkeypatch.setattr(atexit, "register", lambda *call: at_exit.append(call))

    account = bad_clips(tmp_path / "bad_clips.jsonl", tell=True)
    assert bad_clips(tmp_path / "bad_clips.jsonl", tell=True) is account
    account.add("test", "a", "audio", InputError("a.mp4: cannot be decoded."))
    [(tell, *arguments)] = at_exit
    tell(*arguments)

    assert capsys.readouterr().err == f"{account.summary()}\n"
