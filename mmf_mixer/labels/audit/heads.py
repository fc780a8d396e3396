"""Quick heads: logistic regression on the main components of vectors, cross-fitted so that none judges what it learned.

An exclusive group is one multinomial regression; each label of an open group has one of its own.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
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
ITERATIONS, TOLERANCE = 200, 1e-4  # of a regression; the tolerance is scikit-learn's, of the steepest slope


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
    for group, columns in labels.slices():
        own = targets[:, columns]
        found[:, columns] = _one_of(learned, own, others) if group.exclusive else _any_of(learned, own, others)
    return found


def _one_of(learned: Array, targets: Array, others: Array) -> Array:
    """Of an exclusive group with L labels, M x L."""
    found = np.zeros((len(others), targets.shape[1]))
    classes = targets.argmax(axis=1)
    if len(np.unique(classes)) > 1:
        head = LogisticRegression(max_iter=ITERATIONS).fit(learned, classes)
        found[:, head.classes_] = head.predict_proba(others)
    else:
        found[:, classes[0]] = 1.0
    return found


def _any_of(learned: Array, targets: Array, others: Array) -> Array:
    """Of an open group with L labels, M x L: the regressions that `LogisticRegression` would fit one by one, in one
    minimisation, which takes a fraction of the time. A label that all clips have, or none, is certain."""
    certain = np.ptp(targets, axis=0) == 0
    signs = np.where(targets[:, ~certain] > 0, 1.0, -1.0)
    shape = (learned.shape[1] + 1, signs.shape[1])
    inputs, asked = (np.column_stack([given, np.ones(len(given))]) for given in (learned, others))

    def loss(flat: Array) -> tuple[float, Array]:
        weights = flat.reshape(shape)
        margins = signs * (inputs @ weights)
        slopes = inputs.T @ (-signs * expit(-margins))
        slopes[:-1] += weights[:-1]  # of the penalty, which the intercepts in the last row are free of
        whole = np.logaddexp(0, -margins).sum() + 0.5 * (weights[:-1] ** 2).sum()
        return float(whole) / len(inputs), slopes.ravel() / len(inputs)

    found = np.tile(targets[0], (len(others), 1))
    if signs.size:
        options = {"maxiter": ITERATIONS, "gtol": TOLERANCE, "maxls": 50, "ftol": 0.0}
        best = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options=options)
        found[:, ~certain] = expit(asked @ best.x.reshape(shape))
    return found


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
