"""Late fusion: what single-modality rows say, pooled with weights that suit the validation split best.

Nothing is trained: it works on the rows' stored scores, and pools them as the Mixer pools its heads, which makes it a
calibrated sum of logits. Test scores have no part in the weights.
"""

from collections.abc import Sequence

import numpy as np
import torch

from mmf_mixer.benchmark.scores import JUDGED, Scores
from mmf_mixer.data.clip import Labels
from mmf_mixer.errors import InputError
from mmf_mixer.modules.experts import OpinionPool


def common(members: Sequence[Scores]) -> list[Scores]:
    """The members' scores of those clips that each could read."""
    index = members[0].index
    for member in members[1:]:
        index = np.intersect1d(index, member.index)
    if not len(index):
        raise InputError("late fusion: there is no clip that all single modalities could read.")
    return [member.at(index) for member in members]


def fuse(members: Sequence[dict[str, Scores]], labels: Labels) -> tuple[OpinionPool, dict[str, Scores]]:
    """The pool, and by split the fused scores.

    Args:
        members: by split the scores of each single-modality row.
    """
    pool = OpinionPool(len(members), len(labels))
    scores = {}
    for split in JUDGED:  # val comes first
        parts = common([member[split] for member in members])
        said = torch.stack([torch.from_numpy(part.scores) for part in parts], dim=1)
        if split == "val":
            pool.fit(said, torch.from_numpy(parts[0].targets).float(), labels)
        scores[split] = Scores(pool(said).numpy(), parts[0].targets, parts[0].index)
    return pool, scores
