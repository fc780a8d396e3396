"""A clip as the model was shown it, with what each part of it contributes to a label."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from mmf_mixer.interpret.clip import ClipContribution, explain_clip
from mmf_mixer.interpret.explain import SPLIT, Explanation
from mmf_mixer.interpret.places import Place
from mmf_mixer.interpret.run import TrainedRun
from mmf_mixer.interpret.scoring import logits

Picture = NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """One modality of a clip.

    Attributes:
        key: of the modality.
        shares: of each of its T tokens, as parts of all that speaks for the label.
        places: what the tokens show; may be empty.
        picture: in [0, 1]: of sound H x W, the lowest frequencies first; of video F x H x W x 3; None of captions.
    """

    key: str
    shares: NDArray[np.float64]
    places: list[Place]
    picture: Picture | None


@dataclass(frozen=True)
class Portrait:
    """A clip and a label. `views` are of the modalities that the clip has."""

    contribution: ClipContribution
    views: list[View]


def portraits(run: TrainedRun, found: Explanation, most: int, seed: int) -> dict[str, Portrait]:
    """For each label the clip of the test split that has it and scores highest; none for a label without a clip.

    Args:
        run: from `load_run`.
        found: its stencils.
        most, seed: the clips that are looked at, as in `explain`.
    """
    clips = run.encode(SPLIT, run.by_lot(SPLIT, most, seed))
    scores = logits(run.score, clips.tokens).masked_fill(clips.targets == 0, -float("inf"))
    best = {}
    rows = list(enumerate(zip(found.labels, found.classes, strict=True)))
    for row, (label, column) in track(rows, "Looking at clips", transient=True):
        if clips.targets[:, column].any():
            index = int(clips.index[int(scores[:, column].argmax())])
            contribution = explain_clip(run, SPLIT, index, label, found.gates[row], found.baseline)
            best[label] = Portrait(contribution, views(run, index, contribution))
    return best


def views(run: TrainedRun, index: int, contribution: ClipContribution) -> list[View]:
    """The modalities that a clip of the test split has."""
    clip = run.datasets[SPLIT].clips[index]
    found = []
    for key, processor in run.processors.items():
        made = processor(clip)
        if made["mask"].any():
            shares = np.array(contribution.tokens[key])
            picture = processor.seen(clip, made["values"]) if hasattr(processor, "seen") else None
            found.append(View(key, shares, contribution.places[key], picture))
    return found
