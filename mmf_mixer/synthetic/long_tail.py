"""The 55+45 data set: clips with several activities and events each, most of which are rare.

**How often.** Two open groups. Within a group the label of rank `r`, in the order of the file, has
`max(least, 0.35 n / r)` of the `n` clips of a split (Zipf's law), so that 2000 clips have 420 to train the first
activity and 8 for the last. They are dealt so that all clips have nearly the same number of labels of a group, which
for 2000 clips is one or two.

**Where the evidence is.** A clip is a row of scenes. Each of its activities has a part of the picture and each of its
events a part of the sound, of equal lengths and in random order, and each label has a cue in the caption. A label's
evidence sits in one of three subsets:

    activity    {picture, caption}    {picture}    {caption}
    event       {sound, caption}      {sound}      {caption}

They are dealt: the clips of a label go through them in turn, and rank `r` starts at the `r`-th. So who reads the
caption perfectly knows 2/3 of the labels, the picture 2/3 of the activities and no event, the sound 2/3 of the events
and no activity; only all three know everything. Where a label shows no evidence there is a distractor in its place:
a grey shape, noise, idle talk. A sound or a caption that holds distractors only is left out in one of ten clips.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmf_mixer.data.clip import SPLITS, LabelGroup, Labels
from mmf_mixer.errors import InputError
from mmf_mixer.synthetic import picture as synthetic_picture
from mmf_mixer.synthetic import sound as synthetic_sound
from mmf_mixer.synthetic import words as synthetic_words
from mmf_mixer.synthetic.folder import make_folder, write_folder, write_mp4
from mmf_mixer.synthetic.long_tail_words import ACTIVITIES, EVENTS

WORDS = {"activity": ACTIVITIES, "event": EVENTS}
LABELS = Labels(tuple(LabelGroup(name, False, tuple(words)) for name, words in WORDS.items()))
SUBSETS = {
    "activity": (("picture", "caption"), ("picture",), ("caption",)),
    "event": (("sound", "caption"), ("sound",), ("caption",)),
}
TURNS = ("train", "val", "test", "train", "train")  # the split of each clip, in turn
HEAD = 0.35  # the share of clips that have the most frequent label of a group
LEAST = {"train": 4, "val": 2, "test": 2}  # clips that even the rarest label has in a split
FEWEST = 300  # clips of a data set; with fewer, LEAST would flatten the tail into more labels than a clip can show
SECONDS = 2.5
ABSENT = 0.1  # the share of sounds and captions without evidence that are left out altogether


@dataclass(frozen=True)
class ClipPlan:
    """What one clip is to show: the modalities that tell each of its labels, in the order of the scenes."""

    id: str
    split: str
    evidence: dict[str, tuple[str, ...]]


def synthesize(root: Path, clips: int = 2000, seed: int = 0) -> None:
    """Write the data set into the new folder `root`: media, splits, labels, `evidence.jsonl`, `recipe.json`.

    The same `clips` and `seed` give the same files; where they are already, nothing is done. `evidence.jsonl` has a
    line `{"id", "modalities": {label: [modality, ...]}}` per clip. The folder appears only when it is complete.

    Raises:
        InputError: `root` holds something else or cannot be made, or `clips` is too few for a long tail.
    """
    if clips < FEWEST:
        raise InputError(f"--clips {clips}: too few for 100 labels with a long tail; ask for at least {FEWEST}.")

    def fill(building: Path) -> None:
        write_folder(building, LABELS, plans(clips, seed), lambda plan: write_clip(building, plan, seed))

    make_folder(root, {"labels": "55+45", "clips": clips, "seed": seed}, fill)


def positives(labels: int, split: str, clips: int) -> list[int]:
    """How many of the `clips` of a split have each of a group's labels, by rank."""
    return [max(LEAST[split], round(HEAD * clips / rank)) for rank in range(1, labels + 1)]


def plans(clips: int, seed: int) -> list[ClipPlan]:
    """Deal splits, labels and evidence to `clips` clips, as the module's docstring tells."""
    rng = np.random.default_rng(seed)
    evidence: list[dict[str, tuple[str, ...]]] = [{} for _ in range(clips)]
    for split in SPLITS:
        own = np.array([index for index in range(clips) if TURNS[index % len(TURNS)] == split])
        for group in LABELS.groups:
            load = np.zeros(len(own))
            counts = positives(len(group.labels), split, len(own))
            for rank in rng.permutation(len(group.labels)):  # not by rank, else the tail would lie over the head
                emptiest = np.lexsort((rng.random(len(own)), load))[: counts[rank]]
                load[emptiest] += 1
                label, subsets = f"{group.name}/{group.labels[rank]}", SUBSETS[group.name]
                for turn, index in enumerate(own[emptiest]):
                    evidence[index][label] = subsets[(turn + rank) % len(subsets)]
    splits = [TURNS[index % len(TURNS)] for index in range(clips)]
    return [
        ClipPlan(f"{index:05d}", split, _shuffled(rng, shown))
        for index, (split, shown) in enumerate(zip(splits, evidence, strict=True))
    ]


def _shuffled(rng: np.random.Generator, shown: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    labels = list(shown)
    return {labels[place]: shown[labels[place]] for place in rng.permutation(len(labels))}


def write_clip(root: Path, plan: ClipPlan, seed: int) -> dict[str, object]:
    """Write the media of one clip below `root`, whose folder `clips` exists; return its line of the split file."""
    rng = np.random.default_rng([seed, int(plan.id)])
    video, captions = f"clips/{plan.id}.mp4", f"clips/{plan.id}.srt"
    write_mp4(root / video, _picture(rng, plan), _sound(rng, plan))
    cues = _cues(rng, plan)
    if cues:
        (root / captions).write_text(synthetic_words.srt(cues, SECONDS), encoding="utf-8")
    labels = sorted(plan.evidence, key=LABELS.names.index)
    return {"id": plan.id, "video": video, "captions": captions if cues else None, "labels": labels}


def _scenes(plan: ClipPlan, group: str, modality: str) -> list[int | None]:
    """The rank of each of the clip's labels of a group, None where this modality does not tell it."""
    ranks = {f"{group}/{label}": rank for rank, label in enumerate(WORDS[group])}
    return [ranks[label] if modality in where else None for label, where in plan.evidence.items() if label in ranks]


def _picture(rng: np.random.Generator, plan: ClipPlan) -> NDArray[np.uint8]:
    scenes = _scenes(plan, "activity", "picture")
    return np.concatenate([synthetic_picture.draw(rng, scene, SECONDS / len(scenes)) for scene in scenes])


def _sound(rng: np.random.Generator, plan: ClipPlan) -> NDArray[np.float32] | None:
    scenes = _scenes(plan, "event", "sound")
    if all(scene is None for scene in scenes) and rng.random() < ABSENT:
        return None
    return np.concatenate([synthetic_sound.play(rng, scene, SECONDS / len(scenes)) for scene in scenes])


def _cues(rng: np.random.Generator, plan: ClipPlan) -> list[str]:
    """A sentence for each label, about it or idle; none at all for some captions without evidence."""
    if not any("caption" in where for where in plan.evidence.values()) and rng.random() < ABSENT:
        return []
    return [_sentence(rng, label, "caption" in where) for label, where in plan.evidence.items()]


def _sentence(rng: np.random.Generator, label: str, told: bool) -> str:
    group, _, name = label.partition("/")
    phrases = WORDS[group][name] if told else synthetic_words.IDLE
    if told and group == "event":
        return f"{rng.choice(phrases)}."
    return f"{rng.choice(synthetic_words.PEOPLE)} {rng.choice(phrases)}."
