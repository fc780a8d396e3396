"""The set whose modalities must be compared: what is planted is balanced and can be read; no sum of opinions has it."""

from collections import Counter
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from mmf_mixer.cli.main import app
from mmf_mixer.data.clip import SPLITS, Clip
from mmf_mixer.data.folder import read_folder
from mmf_mixer.errors import InputError
from mmf_mixer.media.captions import cues
from mmf_mixer.synthetic.picture import SHAPES as ALL_SHAPES
from mmf_mixer.synthetic.sound import COURSES as ALL_COURSES
from mmf_mixer.synthetic.together import COLOURS, LABELS, ClipPlan, plans, synthesize, write_clip
from mmf_mixer.synthetic.words import ACTIVITIES as ALL_ACTIVITIES
from tests.synthetic.oracle import read_caption, read_picture, read_sound

DEALT = plans(576, seed=0)
JOINT: dict[int, Callable[[ClipPlan], tuple[int, int]]] = {  # the group's place, and the two symbols that it compares
    3: lambda plan: (plan.seen, plan.named),
    4: lambda plan: (plan.shape, plan.course),
}


def table(place: int, split: str) -> NDArray[np.float64]:
    """How many clips of a split show each pair of symbols and have each answer: 4 x 4 x 2."""
    counts = np.zeros((4, 4, 2))
    group = LABELS.groups[place]
    for plan in DEALT:
        if plan.split == split:
            first, second = JOINT[place](plan)
            counts[first, second, group.labels.index(plan.labels[place].partition("/")[2])] += 1
    return counts


@pytest.mark.parametrize("place", JOINT)
@pytest.mark.parametrize("split", SPLITS)
def test_no_symbol_alone_tells_a_joint_answer_and_two_always_do(place: int, split: str) -> None:
    counts = table(place, split)
    for alone in (counts.sum(axis=1), counts.sum(axis=0)):
        assert (alone == alone[0, 0]).all()  # each symbol with either answer equally often
    assert (np.minimum(counts[..., 0], counts[..., 1]) == 0).all()


@pytest.mark.parametrize("place", JOINT)
def test_the_best_sum_of_opinions_has_none(place: int) -> None:
    """Newton's method for the additive logit of least log loss ends, from anywhere, where all of it is 0."""
    counts = table(place, "train")
    design = np.zeros((16, 8))
    for cell, (first, second) in enumerate(product(range(4), repeat=2)):
        design[cell, [first, 4 + second]] = 1
    yes, every = counts[..., 0].ravel(), counts.sum(axis=2).ravel()
    weights = np.random.default_rng(0).normal(size=8)
    for _ in range(50):
        said = 1 / (1 + np.exp(-design @ weights))
        slope = design.T @ (every * said - yes)
        curve = design.T @ (design * (every * said * (1 - said))[:, None])
        weights -= np.linalg.pinv(curve) @ slope
    np.testing.assert_allclose(design @ weights, 0, atol=1e-9)


@pytest.mark.parametrize("place", JOINT)
def test_no_threshold_on_a_sum_is_right_in_more_than_three_of_four_clips(place: int) -> None:
    """Whatever second symbols add, each first one says yes to those that add most: to none, or up to four of them."""
    counts = table(place, "train")
    gain = (counts[..., 0] - counts[..., 1]) / counts.sum()  # of saying yes to a pair
    best = 0.0
    for added in product(range(4), repeat=4):
        yes = np.array(added) >= np.arange(5)[:, None]  # by the least that is enough, to which second symbols
        best = max(best, 0.5 + (yes @ gain.T).max(axis=0).sum())
    assert best == pytest.approx(0.75)


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[ClipPlan, list[str]]]:
    """The test split, and the answers of who reads its decoded media and compares what it reads."""
    root = tmp_path_factory.mktemp("together")
    (root / "clips").mkdir()
    found = []
    for plan in DEALT:
        if plan.split == "test":
            line = write_clip(root, plan, seed=0)
            video, captions = root / str(line["video"]), root / str(line["captions"])
            found.append((plan, answers(Clip(plan.id, video, video, captions, None, None, ()))))
    return found


def answers(clip: Clip) -> list[str]:
    """The labels of a clip by what the oracle reads in it, one of each group."""
    picture, sound, said = read_picture(clip, len(COLOURS)), read_sound(clip), read_caption(clip)
    assert picture is not None and sound is not None and said is not None and clip.captions is not None
    shape, course, seen = ALL_SHAPES[picture % 5], ALL_COURSES[sound % 5], COLOURS[picture // 5]
    same = seen in " ".join(cue.text for cue in cues(clip.captions))
    one = (shape in ("disc", "ring")) != (course in ("rising", "warbling"))
    told = (shape, course, ALL_ACTIVITIES[said], "same" if same else "other", "one" if one else "both or none")
    return [f"{group.name}/{label}" for group, label in zip(LABELS.groups, told, strict=True)]


def test_who_reads_all_and_compares_has_every_answer(readings: list[tuple[ClipPlan, list[str]]]) -> None:
    right = np.array([[a == b for a, b in zip(plan.labels, said, strict=True)] for plan, said in readings])
    assert right.shape == (96, 5) and (right.mean(axis=0) >= 0.98).all()


def test_labels_of_a_group_are_equally_frequent_in_each_split() -> None:
    assert Counter(plan.split for plan in DEALT) == {"train": 384, "val": 96, "test": 96}
    for split in SPLITS:
        counts = Counter(label for plan in DEALT if plan.split == split for label in plan.labels)
        for group in LABELS.groups:
            assert len({counts[f"{group.name}/{label}"] for label in group.labels}) == 1, group


def test_each_label_names_the_modalities_that_it_wants() -> None:
    plan = DEALT[0]
    assert list(plan.evidence) == plan.labels
    assert list(plan.evidence.values())[2:4] == [("caption",), ("picture", "caption")]


def test_the_command_writes_a_valid_data_set_the_same_for_a_seed(tmp_path: Path) -> None:
    command = ["synthesize", str(tmp_path / "data"), "--labels", "together", "--clips", "288", "--seed", "3"]
    assert CliRunner().invoke(app, command).exit_code == 0
    folder, dealt = read_folder(tmp_path / "data"), plans(288, seed=3)
    assert folder.labels == LABELS and dealt != plans(288, seed=4)
    assert [clip.labels for clip in folder.splits["train"]] == [tuple(plan.labels) for plan in dealt[:96]]
    (tmp_path / "clips").mkdir()
    for plan in dealt[:2]:
        write_clip(tmp_path, plan, seed=3)
    for path in (tmp_path / "clips").iterdir():
        assert path.read_bytes() == (tmp_path / "data" / "clips" / path.name).read_bytes(), path.name


@pytest.mark.parametrize("clips", [192, 300])
def test_clips_that_are_no_whole_rounds_are_refused(tmp_path: Path, clips: int) -> None:
    with pytest.raises(InputError, match=f"--clips {clips}: .* a multiple of it, at least 288"):
        synthesize(tmp_path / "data", clips=clips)
