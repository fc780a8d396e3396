"""Captions or sounds of other clips: half of the clips have them, each once, and nothing but content says which."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mmf_mixer.cli.main import app
from mmf_mixer.data.clip import SPLITS, Clip, LabelGroup
from mmf_mixer.data.folder import read_folder
from mmf_mixer.errors import InputError
from mmf_mixer.media.captions import Cue, cues
from mmf_mixer.synthetic.joined import subrip
from mmf_mixer.synthetic.mismatch import mismatch
from tests.data.make import line, write_folder
from tests.media.make import write_media

COUNT = 10


def folder(root: Path, count: int = COUNT, texts: list[str] | None = None, **fields: Any) -> Path:
    """So many clips in each split with one picture and different captions."""
    splits: dict[str, list[dict[str, Any]]] = {split: [] for split in SPLITS}
    for split, lines in splits.items():
        lines += [line(f"{split}-{n}", captions=f"clips/{split}-{n}.srt", **fields) for n in range(count)]
    write_folder(root, **splits)
    for split, lines in splits.items():
        for number, each in enumerate(lines):
            text = texts[number] if texts else f"{split} words {number}"
            (root / each["captions"]).write_text(f"1\n00:00:00,200 --> 00:00:00,700\n{text}\n")
    return root


def said(clip: Clip) -> str:
    assert clip.captions is not None
    return " ".join(cue.text for cue in cues(clip.captions, clip.start, clip.end))


def test_half_of_the_clips_have_captions_of_the_other_half(tmp_path: Path) -> None:
    assert mismatch(folder(tmp_path / "in"), tmp_path / "out") == (3 * COUNT, 0)
    made = read_folder(tmp_path / "out")
    assert made.labels.groups[-1] == LabelGroup("caption", True, ("own", "other"))
    assert [group.name for group in made.labels.groups] == ["activity", "event", "caption"]
    for split, clips in made.splits.items():
        own, other = ([clip for clip in clips if clip.labels[-1] == f"caption/{whose}"] for whose in ("own", "other"))
        assert len(own) == len(other) == COUNT // 2
        assert {said(clip) for clip in own} == {said(clip) for clip in other}
        assert all(said(clip) == f"{split} words {clip.id.rpartition('-')[2]}" for clip in own)
        assert all(said(clip) != f"{split} words {clip.id.rpartition('-')[2]}" for clip in other)
        assert all(clip.labels[0] == "activity/laugh" for clip in clips)


def test_a_sound_that_a_line_leaves_out_stays_out(tmp_path: Path) -> None:
    mismatch(folder(tmp_path / "in", audio=False), tmp_path / "out")
    assert all(clip.video and clip.audio is None for clip in read_folder(tmp_path / "out").splits["train"])


def test_media_are_the_same_files_and_no_name_says_whose_they_are(tmp_path: Path) -> None:
    source = folder(tmp_path / "in")
    mismatch(source, tmp_path / "out")
    clips = read_folder(tmp_path / "out").splits["train"]
    assert all(clip.video and clip.video.samefile(source / "clips" / "a.mp4") for clip in clips)
    names = [path.name for path in sorted((tmp_path / "out" / "media").iterdir())]
    assert names[0] == "000000.mp4" and names[1:4] == ["test-000000.srt", "test-000001.srt", "test-000002.srt"]


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    source = folder(tmp_path / "in")
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        mismatch(source, tmp_path / name, seed=seed)
    a, b, c = ((tmp_path / name / "test.jsonl").read_bytes() for name in "abc")
    assert a == b != c
    for path in (tmp_path / "a" / "media").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / "media" / path.name).read_bytes()
    mismatch(source, tmp_path / "a")
    with pytest.raises(InputError, match="not empty"):
        mismatch(source, tmp_path / "a", seed=1)


def test_captions_come_at_the_time_of_the_clip_that_takes_them(tmp_path: Path) -> None:
    source = folder(tmp_path / "in")
    for split in SPLITS:
        lines = [json.loads(text) for text in (source / f"{split}.jsonl").read_text().splitlines()]
        for number, each in enumerate(lines):
            start = 0.1 * number
            each |= {"start": start, "end": start + 0.9}
            words = Cue(start + 0.3, start + 0.8, f"{split} words {number}")
            (source / each["captions"]).write_text(subrip([words]))
        (source / f"{split}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    mismatch(source, tmp_path / "out")
    for clip in read_folder(tmp_path / "out").splits["train"]:
        assert clip.captions is not None and clip.start is not None
        (cue,) = cues(clip.captions)
        assert (cue.start, cue.end) == pytest.approx((clip.start + 0.3, clip.start + 0.8), abs=0.002)


def test_clips_are_paired_with_others_that_say_something_else(tmp_path: Path) -> None:
    source = folder(tmp_path / "in", 6, ["hello", "hello", "hello", "good bye", "good bye", "thanks"])
    kept, left = mismatch(source, tmp_path / "out")
    assert kept + left == 18 and kept >= 12
    for clips in read_folder(tmp_path / "out").splits.values():
        counts = Counter((said(clip), clip.labels[-1]) for clip in clips)
        assert all(counts[text, "caption/own"] == counts[text, "caption/other"] for text, _ in counts)


def test_an_odd_clip_and_one_without_captions_are_left_out_and_counted(tmp_path: Path) -> None:
    source = folder(tmp_path / "in", 5)
    with (source / "train.jsonl").open("a") as file:
        file.write(json.dumps(line("silent", captions=None)) + "\n")
    result = CliRunner().invoke(app, ["synthesize", "--mismatch", str(source), str(tmp_path / "out")])
    assert result.exit_code == 0 and "12 clips" in result.output and "left out: 4" in result.output


def test_sounds_are_exchanged_as_whole_files(tmp_path: Path) -> None:
    source = folder(tmp_path / "in", 4)
    for split in SPLITS:
        lines = [json.loads(text) for text in (source / f"{split}.jsonl").read_text().splitlines()]
        for number, each in enumerate(lines):
            write_media(source / f"clips/{split}-{number}.mp4", seconds=1.0)
            each["video"] = f"clips/{split}-{number}.mp4"
        (source / f"{split}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    command = ["synthesize", str(tmp_path / "out"), "--mismatch", str(source), "--exchange", "sound"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    made = read_folder(tmp_path / "out")
    assert made.labels.groups[-1].name == "sound"
    for clip in made.splits["test"]:
        assert clip.video and clip.audio and said(clip) == f"test words {clip.id[-1]}"
        assert clip.video.samefile(source / f"clips/{clip.id}.mp4") and clip.video != clip.audio
        assert clip.audio.samefile(clip.video) == (clip.labels[-1] == "sound/own")
    counts = Counter(clip.audio for clip in made.splits["test"])
    assert sorted(counts.values()) == [2, 2]


def test_what_cannot_be_exchanged_is_refused_in_a_sentence(tmp_path: Path) -> None:
    mute = write_folder(tmp_path / "mute", **{split: [line(split, captions=None)] for split in SPLITS})
    with pytest.raises(InputError, match=r"train\.jsonl: no clip has captions to exchange; add some"):
        mismatch(mute, tmp_path / "out")
    alike = folder(tmp_path / "alike", 4, ["hello"] * 4)
    with pytest.raises(InputError, match=r"train\.jsonl: no two clips of one length differ in their captions"):
        mismatch(alike, tmp_path / "out")
    mismatch(folder(tmp_path / "in"), tmp_path / "made")
    with pytest.raises(InputError, match=r"labels\.yaml: there is a group 'caption' already; rename it"):
        mismatch(tmp_path / "made", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--mismatch", "in", "--labels", "15"], "leave out --labels and --clips"),
        (["--mismatch", "in", "--clips", "3"], "leave out --labels and --clips"),
        (["--exchange", "sound"], "--exchange is for --mismatch"),
    ],
)
def test_options_that_do_not_go_together_are_refused(tmp_path: Path, options: list[str], message: str) -> None:
    result = CliRunner().invoke(app, ["synthesize", str(tmp_path / "out"), *options])
    assert isinstance(result.exception, InputError) and message in str(result.exception)
