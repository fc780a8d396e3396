"""The embedded data set: 15 activities as small real clips, made so that no modality suffices alone.

**Where the evidence is.** Each clip has one activity. Its evidence sits in one of the seven non-empty subsets of
{picture, sound, caption}; the modalities outside the subset show a distractor, something of the same kind that is
drawn independently of the activity, or are absent. The subsets are dealt, not drawn: the clips of a class go
through all seven in turn, and class `c` starts at the `c`-th. So with whole turns every pair (class, subset)
occurs equally often in a split.

**What can be reached.** A modality is in 4 of the 7 subsets. Who reads it perfectly knows the activity of 4/7 of
the clips; on the other 3/7 it has nothing that depends on the activity, and all 15 are equally frequent:

    4/7 + 3/7 * 1/15 = 0.600    one modality
    6/7 + 1/7 * 1/15 = 0.867    two modalities
    1                           all three

600 clips make 40 rounds of 15: 26 for training, 7 each for validation and test, so the test split holds every
pair (class, subset) exactly once and the bounds hold in it to the last clip.

The picture of an activity is a coloured shape on a path, the sound a tone with a course and a timbre, the caption
a sentence about it; `synthetic_picture`, `synthetic_sound` and `synthetic_words` describe the distractors. One in
ten distractors of sound and caption is left out instead: no sound track, `captions: null`.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmf_mixer.data.clip import SPLITS, LabelGroup, Labels
from mmf_mixer.errors import InputError
from mmf_mixer.synthetic import picture as synthetic_picture
from mmf_mixer.synthetic import sound as synthetic_sound
from mmf_mixer.synthetic import words as synthetic_words
from mmf_mixer.synthetic.folder import make_folder, write_folder, write_mp4
from mmf_mixer.synthetic.joined import write_episode

ACTIVITIES = synthetic_words.ACTIVITIES
MODALITIES = ("picture", "sound", "caption")
SUBSETS = (  # all three first, so that the first clip of a folder shows everything
    ("picture", "sound", "caption"),
    ("picture",),
    ("sound",),
    ("caption",),
    ("picture", "sound"),
    ("sound", "caption"),
    ("picture", "caption"),
)
ROUNDS = ("train", "val", "test", "train", "train", "train")  # the split of each round of 15 clips, in turn
SECONDS = 2.5
ABSENT = 0.1  # the share of distractors that are left out altogether


@dataclass(frozen=True)
class ClipPlan:
    """What one clip is to show: `evidence` and `absent` name modalities, the rest carry distractors.

    `activity` is an index into `ACTIVITIES`.
    """

    id: str
    split: str
    activity: int
    evidence: tuple[str, ...]
    absent: tuple[str, ...]


OF_EPISODE = 24  # clips


def synthesize(root: Path, clips: int = 600, seed: int = 0) -> None:
    """Write the data set into the new folder `root`: media, splits, labels, `evidence.jsonl`, `recipe.json`; and
    `episode.mp4`, a minute of its test clips in one file.

    The same `clips` and `seed` give the same files; where they are already, nothing is done. `evidence.jsonl` has a
    line `{"id", "modalities"}` per clip, for asking later where a model was right. The folder appears only when it
    is complete.

    Raises:
        InputError: `root` holds something else or cannot be made, or `clips` is too few to fill three splits.
    """
    if clips < (least := len(SPLITS) * len(ACTIVITIES)):
        raise InputError(f"--clips {clips}: too few for every activity in every split; ask for at least {least}.")

    def fill(building: Path) -> None:
        labels = Labels((LabelGroup("activity", True, ACTIVITIES),))
        write_folder(building, labels, plans(clips, seed), lambda plan: write_clip(building, plan, seed))

    make_folder(root, {"clips": clips, "seed": seed}, fill)
    write_episode(root, OF_EPISODE)


def plans(clips: int, seed: int) -> list[ClipPlan]:
    """Deal activities, splits and evidence to `clips` clips, as the module's docstring tells."""
    rng = np.random.default_rng(seed)
    dealt = []
    for index in range(clips):
        turn, activity = divmod(index, len(ACTIVITIES))
        cycles, place = divmod(turn, len(ROUNDS))
        split = ROUNDS[place]
        turn_in_split = cycles * ROUNDS.count(split) + ROUNDS[:place].count(split)
        evidence = SUBSETS[(turn_in_split + activity) % len(SUBSETS)]
        droppable = [name for name in ("sound", "caption") if name not in evidence]
        absent = tuple(name for name in droppable if rng.random() < ABSENT)
        dealt.append(ClipPlan(f"{index:05d}", split, activity, evidence, absent))
    return dealt


def write_clip(root: Path, plan: ClipPlan, seed: int) -> dict[str, object]:
    """Write the media of one clip below `root`, whose folder `clips` exists; return its line of the split file."""
    rng = np.random.default_rng([seed, int(plan.id)])
    told = {name: plan.activity if name in plan.evidence else None for name in MODALITIES}
    picture = synthetic_picture.draw(rng, told["picture"], SECONDS)
    sound = None if "sound" in plan.absent else synthetic_sound.play(rng, told["sound"], SECONDS)
    video = f"clips/{plan.id}.mp4"
    write_mp4(root / video, picture, sound)
    captions = None if "caption" in plan.absent else f"clips/{plan.id}.srt"
    if captions is not None:
        (root / captions).write_text(synthetic_words.write(rng, told["caption"], SECONDS), encoding="utf-8")
    return {"id": plan.id, "video": video, "captions": captions, "labels": [f"activity/{ACTIVITIES[plan.activity]}"]}
