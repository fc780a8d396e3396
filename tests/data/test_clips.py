"""Clips as arrays are the clips that they were made of."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmf_mixer.data.clip import Clip, LabelGroup, Labels
from mmf_mixer.data.clips import AUDIO, CAPTIONS, VIDEO, Clips

LABELS = Labels((LabelGroup("one", True, ("a", "b", "c")), LabelGroup("open", False, ("x", "y"))))
ROOT = "/data/set"
PATHS = st.none() | st.sampled_from([Path(ROOT, "a.mp4"), Path(ROOT, "b/\u00e9 \udc80.wav"), Path("/data/set2/c.srt")])
TRACKS = st.none() | st.integers(0, 999) | st.text(max_size=3)
SECONDS = st.none() | st.floats(0, 1e7)
NAMES = st.lists(st.sampled_from(LABELS.names), unique=True).map(tuple)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)
CLIPS = st.lists(st.builds(Clip, IDS, PATHS, PATHS, PATHS, SECONDS, SECONDS, NAMES, TRACKS, TRACKS, TRACKS), max_size=4)


@pytest.mark.parametrize("root", [ROOT, "/"])
@given(made=CLIPS)
def test_clips_come_out_as_they_went_in(root: str, made: list[Clip]) -> None:
    clips = Clips.of(made, LABELS, root)

    assert list(clips) == made and clips == made and list(clips.ids()) == [clip.id for clip in made]
    table = torch.stack([LABELS.encode(clip.labels) for clip in made]).numpy() if made else np.zeros((0, 5))
    assert np.array_equal(clips.label_table(), table) and clips.label_counts().tolist() == table.sum(axis=0).tolist()
    named = [(clip.video, VIDEO, clip.audio, AUDIO, clip.captions, CAPTIONS) for clip in made]
    assert clips.media.tolist() == [sum(bit for path, bit in zip(n[::2], n[1::2], strict=True) if path) for n in named]
    assert pickle.loads(pickle.dumps(clips)) == made


def few() -> tuple[list[Clip], Clips]:
    labels = [("one/a", "open/y"), (), ("one/b",), ("open/x", "open/y", "one/c")]
    made = [Clip(f"clip{n}", Path(f"/{n}.mp4"), None, None, None, None, own) for n, own in enumerate(labels)]
    return made, Clips.of(made, LABELS)


def test_a_part_knows_its_places_and_its_labels() -> None:
    made, clips = few()

    part = clips.at([3, 0, 3]).at([1, 2])

    assert part == [made[0], made[3]] and part.places.tolist() == [0, 3]
    assert part.label_table().tolist() == [[True, False, False, False, True], [False, False, True, True, True]]
    assert part.label_counts().tolist() == [1, 0, 1, 1, 2]
    assert clips[1:] == made[1:] and clips[::-1] == made[::-1] and clips[1:][0] == made[1]
    assert clips.at([]) == [] and clips.at([]).label_table().shape == (0, 5)


def test_places_are_those_of_a_list() -> None:
    made, clips = few()

    assert clips[-1] == made[-1] and clips.index(made[2]) == 2 and made[1] in clips
    with pytest.raises(IndexError):
        clips[4]
    assert clips != made[:3] and clips != made[::-1] and clips != 4


def test_an_unknown_label_is_not_taken() -> None:
    with pytest.raises(KeyError):
        Clips.of([Clip("id", None, None, None, None, None, ("one/z",))], LABELS)
