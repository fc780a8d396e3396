"""Quick heads: logistic regression on the main components of vectors, cross-fitted so that none judges what it learned.

An exclusive group is one multinomial regression; each label of an open group has one of its own.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmf_mixer.data.clip import Labels
from mmf_mixer.data.fractions import balanced_order
from mmf_mixer.data.views import Array

COMPONENTS = 128
FOLDS = 5


def judge(vectors: Array, targets: Array, others: Array, labels: Labels) -> Array:
    """Probabilities of other clips, M x L, by heads that have learned from N clips.

    Args:
        vectors: N x D.
        targets: N x L, multi-hot.
        others: M x D.
        labels: the L labels.
    """
    size = min(COMPONENTS, len(vectors) - 1, vectors.shape[1])
    reduce = make_pipeline(StandardScaler(), PCA(size, random_state=0)).fit(vectors)
    learned = reduce.transform(vectors)
    scale = max(float(learned[:, 0].std()), 1e-12)  # of the first component; relative sizes stay
    learned, judged = learned / scale, reduce.transform(others) / scale
    found = np.zeros((len(others), len(labels)))
    for columns, classes in _questions(targets, labels):
        head = LogisticRegression(max_iter=200)
        if len(np.unique(classes)) > 1:
            said = head.fit(learned, classes).predict_proba(judged)
            found[:, [columns[place] for place in head.classes_ if place < len(columns)]] = said[:, -len(columns) :]
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
    there = ~np.isnan(vectors).any(axis=1)
    for number in np.unique(fold[there]):
        learn, ask = there & (fold != number), there & (fold == number)
        if learn.sum() > 1:
            found[ask] = judge(vectors[learn], targets[learn], vectors[ask], labels)
    return found


def folds(targets: Array, sources: Sequence[str], count: int = FOLDS, seed: int = 0) -> NDArray[np.int64]:
    """For each of N clips its fold. Clips of one source share one, and each fold has about the same share of each
    label's sources."""
    names, source = np.unique(np.array(sources), return_inverse=True)
    table = np.zeros((len(names), targets.shape[1] + 1), dtype=bool)
    np.logical_or.at(table, source, np.column_stack([targets > 0, ~(targets > 0).any(axis=1)]))
    place = np.argsort(balanced_order(table, seed))
    result: NDArray[np.int64] = (place % count)[source]
    return result
