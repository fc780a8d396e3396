"""The 55+45 data set: Zipf counts, evidence that no modality has alone, and media that really hold it."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mmf_mixer.data.clip import SPLITS
from mmf_mixer.data.folder import read_folder
from mmf_mixer.errors import InputError
from mmf_mixer.media.captions import cues
from mmf_mixer.media.decode import frames_at, mono_audio
from mmf_mixer.synthetic import picture as synthetic_picture
from mmf_mixer.synthetic import sound as synthetic_sound
from mmf_mixer.synthetic.long_tail import LABELS, ClipPlan, plans, positives, synthesize, write_clip
from mmf_mixer.synthetic.long_tail_words import ACTIVITIES, EVENTS

DEALT = plans(2000, seed=0)


def having(label: str, split: str) -> list[ClipPlan]:
    return [plan for plan in DEALT if plan.split == split and label in plan.evidence]


def test_there_are_55_activities_and_45_events_in_open_groups() -> None:
    assert [(group.name, len(group.labels), group.exclusive) for group in LABELS.groups] == [
        ("activity", 55, False),
        ("event", 45, False),
    ]


def test_every_label_has_words_of_its_own() -> None:
    phrases = [phrase for said in (*ACTIVITIES.values(), *EVENTS.values()) for phrase in said]
    assert len(phrases) == 3 * 100 == len(set(phrases))


def test_labels_follow_zipfs_law() -> None:
    assert positives(55, "train", 1200) == [420, 210, 140, 105, 84, *positives(55, "train", 1200)[5:]]
    assert positives(55, "train", 1200)[-1] == 8 and positives(45, "test", 400)[-1] == 3
    assert positives(55, "val", 60)[-1] == 2
    for split in SPLITS:
        clips = sum(plan.split == split for plan in DEALT)
        counts = Counter(label for plan in DEALT if plan.split == split for label in plan.evidence)
        expected = positives(55, split, clips) + positives(45, split, clips)
        assert [counts[name] for name in LABELS.names] == expected


def test_most_labels_are_rare() -> None:
    counts = [len(having(name, "train")) for name in LABELS.names]
    assert sum(count > 100 for count in counts) == 8
    assert sum(count < 20 for count in counts) == 58


def test_a_clip_has_one_or_two_labels_of_each_group() -> None:
    for group in LABELS.groups:
        per_clip = Counter(sum(label.startswith(f"{group.name}/") for label in plan.evidence) for plan in DEALT)
        assert set(per_clip) == {1, 2}


def test_evidence_is_dealt_evenly_and_no_modality_has_all() -> None:
    for name, other in (("activity/laugh", "picture"), ("event/ace", "sound")):
        for split in SPLITS:
            told = Counter(plan.evidence[name] for plan in having(name, split))
            assert set(told) == {(other, "caption"), (other,), ("caption",)}
            assert max(told.values()) - min(told.values()) <= 1


def test_rare_labels_are_not_tied_to_frequent_ones() -> None:
    rare = [set(plan.evidence) for name in LABELS.names[35:55] for plan in having(name, "train")]
    share = np.mean(["activity/laugh" in labels for labels in rare])
    assert 0.1 < share < 0.35  # 0.35 of all clips have it, but only those with two activities can have both


def test_the_folder_is_a_valid_data_set(tmp_path: Path) -> None:
    synthesize(tmp_path / "data", clips=300, seed=1)
    folder = read_folder(tmp_path / "data")
    assert folder.labels == LABELS
    assert {split: len(clips) for split, clips in folder.splits.items()} == {"train": 180, "val": 60, "test": 60}
    told = [json.loads(line) for line in (tmp_path / "data" / "evidence.jsonl").read_text().splitlines()]
    by_id = {line["id"]: set(line["modalities"]) for line in told}
    assert all(set(clip.labels) == by_id[clip.id] for clips in folder.splits.values() for clip in clips)
    assert json.loads((tmp_path / "data" / "recipe.json").read_text())["labels"] == "55+45"


def write(root: Path, **evidence: tuple[str, ...]) -> tuple[Path, Path | None]:
    """Video and captions of one clip with this evidence; `__` in a label stands for the slash."""
    (root / "clips").mkdir(exist_ok=True)
    plan = ClipPlan("00003", "train", {label.replace("__", "/"): where for label, where in evidence.items()})
    line = write_clip(root, plan, seed=0)
    assert line["labels"] == sorted(plan.evidence, key=LABELS.names.index)
    return root / str(line["video"]), root / str(line["captions"]) if line["captions"] else None


def test_activities_follow_one_another_in_the_picture(tmp_path: Path) -> None:
    video, _ = write(tmp_path, activity__sleep=("picture",), activity__laugh=("picture", "caption"), event__goal=())
    frames = frames_at(video, 8).astype(float)
    for half, colour in ((frames[:4], synthetic_picture.COLOURS[2]), (frames[4:], synthetic_picture.COLOURS[0])):
        for frame in half:
            shown = frame[np.ptp(frame, axis=2) > 70].mean(0)
            nearest = min(synthetic_picture.COLOURS, key=lambda known: np.abs(shown - known).sum())
            assert nearest == colour


def test_events_follow_one_another_in_the_sound(tmp_path: Path) -> None:
    # events 0 and 30 are both steady and pure, around 850 Hz, the second two octaves lower
    low, goal = list(EVENTS)[30], "goal"
    video, _ = write(tmp_path, **{f"event__{low}": ("sound",), f"event__{goal}": ("sound",)}, activity__run=())
    samples = mono_audio(video, synthetic_sound.RATE)
    assert samples is not None
    halves = np.array_split(samples, 2)
    peaks = [np.abs(np.fft.rfft(half)).argmax() * synthetic_sound.RATE / len(half) for half in halves]
    assert 700 / 4 < peaks[0] < 1000 / 4 and 700 < peaks[1] < 1000


def test_captions_tell_only_what_they_are_to_tell(tmp_path: Path) -> None:
    _, captions = write(tmp_path, event__goal=("sound",), activity__run=("caption",), event__siren=("caption",))
    assert captions is not None
    said = [cue.text for cue in cues(captions)]
    assert len(said) == 3
    assert not any(phrase in said[0] for phrase in EVENTS["goal"])
    assert any(phrase in said[1] for phrase in ACTIVITIES["run"])
    assert any(phrase in said[2] for phrase in EVENTS["siren"])


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    assert plans(300, seed=2) == plans(300, seed=2) != plans(300, seed=3)
    for folder in ("a", "b"):
        (tmp_path / folder / "clips").mkdir(parents=True)
        for plan in DEALT[:12]:
            write_clip(tmp_path / folder, plan, seed=0)
    files = sorted(path.name for path in (tmp_path / "a" / "clips").iterdir())
    assert len(files) >= 23
    for name in files:
        assert (tmp_path / "a" / "clips" / name).read_bytes() == (tmp_path / "b" / "clips" / name).read_bytes()


def test_too_few_clips_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 300"):
        synthesize(tmp_path / "data", clips=299)
    assert not (tmp_path / "data").exists()
