"""From probabilities of labels to doubts about those that are given, and to whose fault a contradiction may be."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mmf_mixer.data.clip import Labels
from mmf_mixer.data.views import Array

Says = Literal["yes", "no", "unclear"]
Stance = NDArray[np.int64]  # N x L: 1 says that the label holds, -1 that it does not, 0 neither, ABSENT nothing

TELLING = 2.0  # a modality says something if the odds of a label are by this factor others than those of all clips
ABSENT = 2
DRAW = 10  # clips that the mean over all labels weighs as much as
CERTAIN = 1e-9


def doubts(probability: Array, targets: Array) -> Array:
    """N x L, up to 1: how much less sure one can be of a clip's label, or that it lacks it, than of other clips alike.

    It is 1 - p / t, where t is the mean p of the clips that have the label, or of those that lack it, as in confident
    learning (Northcutt et al. 2021, arXiv:1911.00068): so a rare label, of which nothing is ever sure, is not always in
    doubt. The mean of few clips is drawn to that of all labels. nan stays.
    """
    found = np.empty_like(probability)
    for has, sure in ((targets > 0, probability), (targets == 0, 1 - probability)):
        known = has & ~np.isnan(sure)
        sums, counts = np.where(known, sure, 0).sum(axis=0), known.sum(axis=0)
        usual = (sums + DRAW * sums.sum() / max(counts.sum(), 1)) / (counts + DRAW)
        found = np.where(has, 1 - sure / np.maximum(usual, CERTAIN), found)
    return found


def questions(targets: Array, labels: Labels) -> NDArray[np.bool_]:
    """What is asked about, N x L: all labels of open groups, and those that a clip has of exclusive ones."""
    asked = targets > 0
    for group, columns in labels.slices():
        if not group.exclusive:
            asked[:, columns] = True
    return asked


def stances(probability: Array, prior: Array) -> Stance:
    """What a modality says of each label by itself."""
    odds = np.clip(probability, CERTAIN, 1 - CERTAIN)
    ratio = (odds / (1 - odds)) / (prior / (1 - prior))
    found = (ratio > TELLING).astype(np.int64) - (ratio < 1 / TELLING)
    return np.where(np.isnan(probability), ABSENT, found)


def faults(said: Mapping[str, Stance], targets: Array) -> NDArray[np.str_]:
    """What is at fault if something is, N x L: "label" where no modality agrees with it and several, or the only one,
    contradict; a modality that alone contradicts while another agrees; else "unclear"."""
    given = np.where(targets > 0, 1, -1)
    agree = np.sum([own == given for own in said.values()], axis=0)
    contradict = {key: own == -given for key, own in said.items()}
    against = np.sum(list(contradict.values()), axis=0)
    there = np.sum([own != ABSENT for own in said.values()], axis=0)
    label = (agree == 0) & (against > 0) & ((against > 1) | (there == 1))
    found = np.where(label, "label", np.full(targets.shape, "unclear", dtype=object))
    for key, own in contradict.items():
        found = np.where(own & (against == 1) & (agree > 0), key, found)
    return found
