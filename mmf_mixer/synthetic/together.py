"""The embedded data set whose modalities must be compared: of five questions about a clip no modality tells two.

**What is planted.** The picture is one of four shapes in one of four colours, the sound one of four courses, the
caption says what somebody does, of four activities, and names a colour.

**What is asked.** Five exclusive groups of labels:

    shape, course, activity   three of five, unique: what the picture, the sound, the caption tells
    colour                    one of five, agreement: the caption names the `same` colour as is seen, or an `other`
    round_or_moving           one of five, XOR: `one` of "the shape is round" and "the pitch moves" holds, or not

**What can be reached.** The clips of each round of 96 go four times through all pairs of colours, alike and unlike
ones equally often, and six times through all pairs of shape and course; a lot decides which pair of the one meets
which of the other, and which activity. So given any colour, shape or course both answers to a joint question are
equally frequent. Of all models that add up what modalities say, the one of least log loss then says nothing: where all
that is added is 0, the slope of the loss along any of it, P(answer | colour) - 1/2, is 0, and the loss is convex. So
of five questions are answered

    (1 + 2 * 1/4 + 2 * 1/2) / 5 = 0.5    by one modality
    (3           + 2 * 1/2) / 5 = 0.8    by three, added
    1                                    by three, compared

A sum whose threshold some other loss has chosen can be right about a joint question in 3 of 4 clips, and not in more.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path

import numpy as np

from mmf_mixer.data.clip import SPLITS, LabelGroup, Labels
from mmf_mixer.errors import InputError
from mmf_mixer.synthetic import picture as synthetic_picture
from mmf_mixer.synthetic import sound as synthetic_sound
from mmf_mixer.synthetic import words as synthetic_words
from mmf_mixer.synthetic.folder import make_folder, write_folder, write_mp4

SHAPES = ("disc", "ring", "square", "cross")
COURSES = ("steady", "beating", "rising", "warbling")
ACTIVITIES = ("cook", "swim", "sing", "read")
COLOURS = ("red", "yellow", "blue", "green")  # the first of the picture's
ROUND, MOVING = SHAPES[:2], COURSES[2:]
LABELS = Labels(
    (
        LabelGroup("shape", True, SHAPES),
        LabelGroup("course", True, COURSES),
        LabelGroup("activity", True, ACTIVITIES),
        LabelGroup("colour", True, ("same", "other")),
        LabelGroup("round_or_moving", True, ("one", "both or none")),
    )
)
EVIDENCE = (("picture",), ("sound",), ("caption",), ("picture", "caption"), ("picture", "sound"))  # of each group
ROUND_SPLITS = ("train", "val", "test", "train", "train", "train")  # the split of each round of clips, in turn
ALIKE = [(colour, colour) for colour in range(4)]
PAIRS = 3 * ALIKE + [pair for pair in product(range(4), repeat=2) if pair not in ALIKE]  # of colours, seen and named
TURN = 4 * len(PAIRS)  # clips of a round
SECONDS = 1.5


@dataclass(frozen=True)
class ClipPlan:
    """What one clip is to show; all but `id` and `split` are indices. `seen` and `named` are colours."""

    id: str
    split: str
    shape: int
    course: int
    activity: int
    seen: int
    named: int

    @cached_property
    def labels(self) -> list[str]:
        """One of each group."""
        one = (SHAPES[self.shape] in ROUND) != (COURSES[self.course] in MOVING)
        told = (self.shape, self.course, self.activity, self.seen != self.named, not one)
        return [f"{group.name}/{group.labels[index]}" for group, index in zip(LABELS.groups, told, strict=True)]

    @property
    def evidence(self) -> dict[str, tuple[str, ...]]:
        """The modalities that each label wants."""
        return dict(zip(self.labels, EVIDENCE, strict=True))


def synthesize(root: Path, clips: int = 6 * TURN, seed: int = 0) -> None:
    """Write the data set into the new folder `root`: media, splits, labels, `evidence.jsonl`, `recipe.json`.

    The same `clips` and `seed` give the same files; where they are already, nothing is done. `evidence.jsonl` has a
    line `{"id", "modalities": {label: [modality, ...]}}` per clip. The folder appears only when it is complete.

    Raises:
        InputError: `root` holds something else or cannot be made, or `clips` are no whole rounds, one for each split.
    """
    least = len(SPLITS) * TURN
    if clips % TURN or clips < least:
        raise InputError(f"--clips {clips}: they come in rounds of {TURN}; ask for a multiple of it, at least {least}.")

    def fill(building: Path) -> None:
        write_folder(building, LABELS, plans(clips, seed), lambda plan: write_clip(building, plan, seed))

    make_folder(root, {"labels": "together", "clips": clips, "seed": seed}, fill)


def plans(clips: int, seed: int) -> list[ClipPlan]:
    """Deal what `clips` clips show, as the module's docstring tells."""
    rng = np.random.default_rng(seed)
    forms = np.array([*product(range(4), repeat=2)] * (TURN // 16))
    colours = np.array(PAIRS * (TURN // len(PAIRS)))
    activities = np.arange(TURN) % 4
    dealt: list[ClipPlan] = []
    for turn in range(clips // TURN):
        shown = np.column_stack([rng.permutation(each) for each in (forms, activities, colours)])
        split = ROUND_SPLITS[turn % len(ROUND_SPLITS)]
        dealt += [ClipPlan(f"{turn * TURN + row:05d}", split, *each) for row, each in enumerate(shown.tolist())]
    return dealt


def write_clip(root: Path, plan: ClipPlan, seed: int) -> dict[str, object]:
    """Write the media of one clip below `root`, whose folder `clips` exists; return its line of the split file."""
    rng = np.random.default_rng([seed, int(plan.id)])
    video, captions = f"clips/{plan.id}.mp4", f"clips/{plan.id}.srt"
    shape = synthetic_picture.SHAPES.index(SHAPES[plan.shape])
    course = synthetic_sound.COURSES.index(COURSES[plan.course])
    picture = synthetic_picture.draw(rng, 5 * plan.seen + shape, SECONDS)
    write_mp4(root / video, picture, synthetic_sound.play(rng, course, SECONDS))
    sentence = f"{rng.choice(synthetic_words.PEOPLE)} {rng.choice(synthetic_words.PHRASES[ACTIVITIES[plan.activity]])}."
    cues = [sentence, f"It is {COLOURS[plan.named]}."]
    (root / captions).write_text(synthetic_words.srt(cues, SECONDS), encoding="utf-8")
    return {"id": plan.id, "video": video, "captions": captions, "labels": plan.labels}
