"""Quick heads: logistic regression on the main components of vectors, cross-fitted so that none judges what it learned.

An exclusive group is one multinomial regression; each label of an open group has one of its own.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmf_mixer.data.clip import Labels
from mmf_mixer.data.fractions import balanced_order
from mmf_mixer.data.views import Array

COMPONENTS = 128
FOLDS = 5
SMALLEST = 1e-6  # probability


def components(vectors: Array) -> Array:
    """The main components of N vectors, N x K; nan where a vector is. Their sizes are relative to the first one's."""
    there = ~np.isnan(vectors).any(axis=1)
    found = np.full((len(vectors), min(COMPONENTS, max(int(there.sum()) - 1, 1), vectors.shape[1])), np.nan)
    if there.sum() > 1:
        reduced = make_pipeline(StandardScaler(), PCA(found.shape[1], random_state=0)).fit_transform(vectors[there])
        found[there] = reduced / max(float(reduced[:, 0].std()), 1e-12)
    return found


def judge(learned: Array, targets: Array, others: Array, labels: Labels) -> Array:
    """Probabilities of other clips, M x L, by heads that have learned from N clips.

    Args:
        learned: N x K, components.
        targets: N x L, multi-hot.
        others: M x K.
        labels: the L labels.
    """
    found = np.zeros((len(others), len(labels)))
    for columns, classes in _questions(targets, labels):
        head = LogisticRegression(max_iter=200)
        if len(np.unique(classes)) > 1:
            said = head.fit(learned, classes).predict_proba(others)
            real = head.classes_ < len(columns)
            found[:, np.array(columns)[head.classes_[real]]] = said[:, real]
        elif classes[0] < len(columns):
            found[:, columns[classes[0]]] = 1.0
    return found


def _questions(targets: Array, labels: Labels) -> Iterator[tuple[list[int], NDArray[np.int64]]]:
    """The columns that are asked of together, and for each clip which of them holds; their number, if none does."""
    for group, span in labels.slices():
        columns = list(range(span.start, span.stop))
        if group.exclusive:
            yield columns, targets[:, span].argmax(axis=1)
        else:
            yield from (([column], (targets[:, column] == 0).astype(np.int64)) for column in columns)


def crossfit(vectors: Array, targets: Array, labels: Labels, fold: NDArray[np.int64]) -> Array:
    """The probabilities of each of N clips by heads that have learned from the other folds, N x L; nan for a clip whose
    vector is."""
    found = np.full(targets.shape, np.nan)
    reduced = components(vectors)
    there = ~np.isnan(reduced).any(axis=1)
    for number in np.unique(fold[there]):
        learn, ask = there & (fold != number), there & (fold == number)
        if learn.sum() > 1:
            found[ask] = judge(reduced[learn], targets[learn], reduced[ask], labels)
    return found


def priors(targets: Array) -> Array:
    """How frequent each of L labels is, never 0 or 1."""
    found: Array = (targets.sum(axis=0) + 0.5) / (len(targets) + 1)
    return found


def multiplied(opinions: Sequence[Array], targets: Array, labels: Labels) -> Array:
    """What modalities say together, if given the label they have nothing to do with each other: Bayes' rule, N x L.

    Args:
        opinions: of each, N x L probabilities; nan where it says nothing.
        targets: from which they have learned; they tell how frequent a label is.
        labels: the L labels.
    """
    prior = priors(targets)
    found = np.empty_like(opinions[0])
    for group, columns in labels.slices():
        said = [opinion[:, columns] for opinion in opinions]
        yes = _evidence(said, prior[columns])
        if group.exclusive:
            found[:, columns] = softmax(yes, axis=1)
        else:
            no = _evidence([1 - opinion for opinion in said], 1 - prior[columns])
            found[:, columns] = expit(yes - no)
    return found


def _evidence(said: Sequence[Array], prior: Array) -> Array:
    gains = (np.nan_to_num(np.log(np.maximum(opinion, SMALLEST) / prior)) for opinion in said)
    whole: Array = np.log(prior) + np.sum(list(gains), axis=0)
    return whole


def folds(targets: Array, sources: Sequence[str], count: int = FOLDS, seed: int = 0) -> NDArray[np.int64]:
    """For each of N clips its fold. Clips of one source share one, and each fold has about the same share of each
    label's sources."""
    names, source = np.unique(np.array(sources), return_inverse=True)
    table = np.zeros((len(names), targets.shape[1] + 1), dtype=bool)
    np.logical_or.at(table, source, np.column_stack([targets > 0, ~(targets > 0).any(axis=1)]))
    place = np.argsort(balanced_order(table, seed))
    result: NDArray[np.int64] = (place * count // len(names))[source]
    return result
