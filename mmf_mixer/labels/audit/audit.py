"""Labels that look wrong, those first that a second look is worth most, and tracks that contradict the others."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from mmf_mixer.data.clip import Labels
from mmf_mixer.data.views import Array, Views
from mmf_mixer.files import write_json
from mmf_mixer.labels.audit.confidence import confidence
from mmf_mixer.labels.audit.doubt import ABSENT, Says, doubts, faults, questions, stances

LOOKS_RIGHT = 0.5  # doubt below which a label is taken for right, so that a modality that contradicts it is odd
SAYS: dict[int, Says] = {1: "yes", 0: "unclear", -1: "no"}


@dataclass(frozen=True)
class Suspect:
    """A label of a clip that looks wrong.

    Attributes:
        clip: its id.
        label: `group/label`.
        given: whether the clip has it; else it seems to lack it.
        doubt: up to 1; 0 where one can be as sure as of others with the label (or without it).
        probability: of the label.
        instead: what the clip rather has, in an exclusive group.
        modalities: whether each, alone, says that the label holds.
        fault: "label" if no modality agrees with it and several, or the only one, contradict; a modality if it alone
            contradicts and another agrees; else "unclear".
    """

    clip: str
    label: str
    given: bool
    doubt: float
    probability: float
    instead: str | None
    modalities: dict[str, Says]
    fault: str


@dataclass(frozen=True)
class FromCounts:
    """Of the labels that were made from the same senses (of none: it is not said): how many clips have, and how many of
    those that are listed as labels or as tracks."""

    made_from: tuple[str, ...]
    groups: tuple[str, ...]
    given: int
    labels: int
    tracks: int


@dataclass(frozen=True)
class Audit:
    """What deserves a second look, the most doubtful first.

    Attributes:
        clips: how many were looked at.
        labels: those that look wrong by all that is known.
        tracks: labels that look right, but that one modality alone contradicts: a caption of another clip, another
            clip's sound.
        by_from: by what labels were made from; empty if `labels.yaml` does not say.
    """

    clips: int
    labels: list[Suspect]
    tracks: list[Suspect]
    by_from: list[FromCounts] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, asdict(self))


def audit(views: Views, targets: Array, labels: Labels, ids: Sequence[str], most: int = 100, seed: int = 0) -> Audit:
    """Look for wrong labels among N clips.

    Args:
        views: of the clips; of them the vectors count, as the scores are of a model that has learned these labels.
        targets: N x L, multi-hot.
        labels: the L labels.
        ids: of the clips.
        most: how many labels, and how many tracks, are listed.
        seed: of the folds.
    """
    sure = confidence(views, targets, labels, seed)
    said = {key: stances(own, sure.prior) for key, own in sure.alone.items()}
    fault = faults(said, targets)
    asked = questions(targets, labels)
    doubt = np.where(asked, doubts(sure.whole, targets), -np.inf)
    alone = {key: np.where(doubt < LOOKS_RIGHT, doubts(own, targets), -np.inf) for key, own in sure.alone.items()}
    apart = np.max([np.where(fault == key, alone[key], -np.inf) for key in alone], axis=0)

    def suspects(value: Array) -> list[Suspect]:
        places = np.argsort(-value, axis=None, kind="stable")[:most]
        rows, columns = np.unravel_index(places[value.flat[places] > 0], value.shape)
        return [suspect(clip, column, value) for clip, column in zip(rows.tolist(), columns.tolist(), strict=True)]

    def suspect(clip: int, column: int, value: Array) -> Suspect:
        return Suspect(
            clip=ids[clip],
            label=labels.names[column],
            given=bool(targets[clip, column]),
            doubt=float(value[clip, column]),
            probability=float(sure.whole[clip, column]),
            instead=_instead(sure.whole[clip], column, labels),
            modalities={key: SAYS[own[clip, column]] for key, own in said.items() if own[clip, column] != ABSENT},
            fault=str(fault[clip, column]),
        )

    wrong, odd = suspects(doubt), suspects(apart)
    return Audit(len(ids), wrong, odd, _by_from(targets, labels, wrong, odd))


def _by_from(targets: Array, labels: Labels, wrong: Sequence[Suspect], odd: Sequence[Suspect]) -> list[FromCounts]:
    slices, found = labels.slices(), []
    for senses, places in labels.made_from().items():
        columns = [column for place in places for column in range(len(labels))[slices[place][1]]]
        names = {labels.names[column] for column in columns}
        counts = (sum(each.label in names for each in listed) for listed in (wrong, odd))
        groups = tuple(labels.groups[place].name for place in places)
        found.append(FromCounts(senses, groups, int(targets[:, columns].sum()), *counts))
    return found


def _instead(probability: Array, column: int, labels: Labels) -> str | None:
    """The best other label of an exclusive group."""
    group, span = next(each for each in labels.slices() if each[1].start <= column < each[1].stop)
    others = [other for other in range(span.start, span.stop) if other != column]
    return labels.names[max(others, key=lambda other: probability[other])] if group.exclusive and others else None
