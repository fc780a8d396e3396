"""A threshold for each label of the open groups: tuned on one split, applied to others, saved with a run.

At 0.5 a model says hardly ever that a rare label is there. So each label gets the threshold that maximises its F1
(Lipton et al., Optimal Thresholding of Classifiers to Maximize F1 Measure, arXiv:1402.1892).
"""

import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve
from torch import Tensor

from mmf_mixer.data.clip import Labels
from mmf_mixer.errors import InputError
from mmf_mixer.measures.metrics import predictions
from mmf_mixer.measures.probabilities import probabilities

THRESHOLDS = "thresholds.json"  # {label: threshold}, in the `env.save_dir` of a run
UNTUNED = 0.5
Thresholds = dict[str, float]  # by label; a clip has the label if its probability is at least so high


def best_threshold(probability: NDArray[np.float32], true: NDArray[np.float32]) -> float:
    """The threshold with the highest F1 over these B clips, the highest of several; 0.5 without a positive.

    It lies halfway between two neighbouring probabilities, so that it does not hang on the exact value of one clip.
    """
    if not true.any():
        return UNTUNED
    precision, recall, at = precision_recall_curve(true, probability)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = int(np.flatnonzero(f1[:-1] == f1[:-1].max())[-1])
    return (float(at[best]) + float(at[max(best - 1, 0)])) / 2


def tune(scores: Tensor, targets: Tensor, labels: Labels) -> Thresholds:
    """The best threshold of each label of the open groups, from the B x L scores and targets of a split."""
    probability, true = probabilities(scores, labels).numpy(), targets.numpy()
    open_labels = [f"{group.name}/{label}" for group in labels.groups if not group.exclusive for label in group.labels]
    columns = {name: labels.position[name] for name in open_labels}
    return {name: best_threshold(probability[:, column], true[:, column]) for name, column in columns.items()}


def decide(scores: Tensor, labels: Labels, thresholds: Thresholds) -> Tensor:
    """Which labels each clip has, B x L: the best of an exclusive group; of an open one those at their thresholds."""
    probability, parts = probabilities(scores, labels), []
    for group, columns in labels.slices():
        if group.exclusive:
            parts.append(predictions(scores[:, columns], group))
        else:
            at = torch.tensor([thresholds.get(name, UNTUNED) for name in labels.names[columns]], dtype=torch.double)
            parts.append((probability[:, columns].double() >= at).long())
    return torch.cat(parts, dim=1)


def read_thresholds(run: Path) -> Thresholds:
    """The thresholds that a run saved in its `env.save_dir`. Raises InputError if there are none."""
    path = run / THRESHOLDS
    try:
        return {str(label): float(value) for label, value in json.loads(path.read_text()).items()}
    except FileNotFoundError:
        raise InputError(
            f"{path}: there is no such file; train with evaluation.metrics=[tuned_macro_f1] and "
            "run_type=train_val_test, which writes it."
        ) from None
    except (ValueError, AttributeError, TypeError):
        raise InputError(f"{path}: is no mapping from labels to numbers; validate the run again.") from None
