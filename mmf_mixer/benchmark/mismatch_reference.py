"""The reference for sets of `synthesize --mismatch`: single modalities are read, and then compared by Bayes' rule.

It knows of the set that what was exchanged, such as the caption, is the clip's own as a whole or not at all. Let p be
what the other modalities, fused late, say of the labels of a group, q what the caption says, and r how frequent the
labels are. If the caption is the clip's own, both speak of one label, and the chance of what they say together is, by
group, the sum of p q / r; if it is another's, 1. What the caption says of the clip is, for a row that cannot know whose
it is, h q + (1 - h) r, where h is the share of clips with their own: from that follows q.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, logit, softmax

from mmf_mixer.benchmark.late_fusion import common, fuse
from mmf_mixer.benchmark.scores import JUDGED, Scores
from mmf_mixer.data.clip import Labels
from mmf_mixer.data.clips import Clips
from mmf_mixer.data.mismatch import GROUPS, OWN, mismatched
from mmf_mixer.errors import InputError

LEAST = 1e-6  # a probability, so that every logarithm is finite
Array = NDArray[np.float64]


def frequencies(clips: Clips) -> Array:
    """How frequent each of the L labels is among clips, no label less than as that of half a clip."""
    return np.maximum(clips.label_counts(), 0.5) / len(clips)


def compared(members: Mapping[str, dict[str, Scores]], labels: Labels, frequency: Array) -> dict[str, Scores]:
    """The scores of the reference by split: logarithms of probabilities. Open groups have those of late fusion.

    Args:
        members: by modality, the scores of its row by split.
        labels: of the data set.
        frequency: of each label among the training clips, L.

    Raises:
        InputError: the set is none of `synthesize --mismatch`, or there is no row of the modality that was exchanged,
            or of no other.
    """
    group = mismatched(labels)
    if group is None or not {GROUPS[group.name]} < set(members):
        raise InputError(
            "mismatch_reference is for data sets of synthesize --mismatch, and rows of the modality that was exchanged "
            "and of another; leave it out of --models."
        )
    key = GROUPS[group.name]
    _, others = fuse([member for name, member in members.items() if name != key], labels)
    _, own = fuse([members[key]], labels)
    return {split: _compared([others[split], own[split]], labels, frequency, group.name) for split in JUDGED}


def _compared(said: Sequence[Scores], labels: Labels, frequency: Array, asked: str) -> Scores:
    """What follows from the scores of the others and of the modality that was exchanged."""
    others, own = common(said)
    share = frequency[labels.position[f"{asked}/{OWN}"]]
    scores = others.scores.astype(np.float64)
    evidence = np.full(len(scores), logit(share))
    both: dict[str, Array] = {}
    groups = [(group, columns) for group, columns in labels.slices() if group.exclusive]
    for group, columns in groups:
        if group.name != asked:
            rare = frequency[columns] / frequency[columns].sum()
            mixed = softmax(own.scores[:, columns].astype(np.float64), axis=1)
            meant = np.maximum(mixed - (1 - share) * rare, LEAST)
            product = softmax(scores[:, columns], axis=1) * meant / meant.sum(axis=1, keepdims=True) / rare
            evidence += np.log(np.maximum(product.sum(axis=1), LEAST))
            both[group.name] = product / np.maximum(product.sum(axis=1, keepdims=True), LEAST)
    trust = expit(evidence)[:, None]
    for group, columns in groups:
        if group.name == asked:
            scores[:, columns] = np.stack([log_expit(evidence), log_expit(-evidence)], axis=1)
        else:
            mixed = trust * both[group.name] + (1 - trust) * softmax(scores[:, columns], axis=1)
            scores[:, columns] = np.log(np.maximum(mixed, LEAST))
    return Scores(scores.astype(np.float32), others.targets, others.index)
