"""How many labels `suggest` saves, and how many wrong labels `audit` finds, on features that are stored:

    python projects/benchmark/labels_needed.py suggest ROOT STORE
    python projects/benchmark/labels_needed.py audit ROOT STORE

So that it takes minutes, no model is trained: each modality has quick heads, logistic regression on the main components
of its tokens, and what they say is multiplied. `suggest`: the training clips are the pool, of which so many by lot are
labelled at first; then a strategy chooses, the heads learn anew, and the test split tells the mean average precision.
`audit`: labels of training clips are flipped, and as many are looked at as were flipped.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from scipy import stats
from torch import Tensor

from mmf_mixer.data.clip import SPLITS, Labels
from mmf_mixer.data.folder import fingerprint, read_folder
from mmf_mixer.data.views import Array, Views, directions
from mmf_mixer.labels.audit.confidence import confidence
from mmf_mixer.labels.audit.doubt import doubts, questions
from mmf_mixer.labels.audit.heads import components, crossfit, folds, judge, multiplied
from mmf_mixer.labels.suggest.feeds import rivals
from mmf_mixer.labels.suggest.spread import Chooser
from mmf_mixer.labels.suggest.suggest import Known, suggest
from mmf_mixer.measures.metrics import probability_precisions
from mmf_mixer.store.store import FeatureStore

STRETCHES = 8  # parts of a modality's tokens, each averaged
STEPS, LAST = 5, 8  # to the goal, and in all
SEEDS = 5
FLIPPED = 0.05

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Material:
    """N clips of all splits: `split` of each, `targets` N x L, and by modality its averaged tokens, N x D."""

    labels: Labels
    split: NDArray[np.str_]
    targets: Array
    alone: dict[str, Array]

    def views(self, learned: Places) -> Views:
        """All clips as heads see them that have learned from some."""
        opinions = {key: self._opinion(own, learned) for key, own in self.reduced.items()}
        scores = multiplied(list(opinions.values()), self.targets[learned], self.labels)
        sources = tuple(map(str, range(len(self.targets))))
        return Views(scores, opinions, side_by_side(self.reduced), self.reduced, sources)

    @cached_property
    def reduced(self) -> dict[str, Array]:
        """Components of what each modality has, N x K."""
        return {key: components(own) for key, own in self.alone.items()}

    def of(self, split: str) -> Places:
        """The places of a split's clips."""
        return np.flatnonzero(self.split == split)

    def _opinion(self, own: Array, learned: Places) -> Array:
        there = ~np.isnan(own).any(axis=1)
        found = np.full(self.targets.shape, np.nan)
        learnable = learned[there[learned]]
        found[there] = judge(own[learnable], self.targets[learnable], own[there], self.labels)
        return found


def material(root: Path, folder: Path) -> Material:
    """What a feature store holds of a dataset folder."""
    store, whole = FeatureStore(folder), read_folder(root)
    store.check(fingerprint(root), {})
    keys = list(store.manifest.modalities)
    rows = [store.read(split, place, keys)[0] for split in SPLITS for place in range(len(whole.splits[split]))]
    alone = {key: np.stack([stretches(**row[key]) for row in rows]) for key in keys}
    clips = [(split, clip) for split in SPLITS for clip in whole.splits[split]]
    targets = np.stack([whole.labels.encode(clip.labels).double().numpy() for _, clip in clips])
    return Material(whole.labels, np.array([split for split, _ in clips]), targets, alone)


def stretches(values: Tensor, mask: Tensor) -> Array:
    """`T x D, T` -> the averages of up to `STRETCHES` parts one after another; nan without any token."""
    parts = zip(values.tensor_split(STRETCHES), mask.tensor_split(STRETCHES), strict=True)
    means = [(part * own[:, None]).sum(dim=0) / own.sum().clamp(min=1) for part, own in parts if len(part)]
    found: Array = torch.cat(means).double().numpy()
    return found if mask.any() else np.full_like(found, np.nan)


def side_by_side(alone: dict[str, Array]) -> Array:
    """All modalities in one vector, 0 where one is absent."""
    return np.nan_to_num(np.concatenate(list(alone.values()), axis=1))


# How all clips are seen, the places of those that are labelled and that are not, how many to label next, and
# a seed, to these.
Choice = Callable[[Material, Views, Places, Places, int, int], Places]


def by_lot(of: Material, seen: Views, labelled: Places, pool: Places, count: int, seed: int) -> Places:
    """Any."""
    return np.random.default_rng(seed).permutation(pool)[:count]


def by_margin(of: Material, seen: Views, labelled: Places, pool: Places, count: int, seed: int) -> Places:
    """Those whose labels have the smallest margins, on average: breaking ties."""
    scores = seen.scores[pool]
    margins = np.abs(scores - rivals(scores, of.labels))
    exclusive = np.concatenate([np.full(len(group.labels), group.exclusive) for group in of.labels.groups])
    counts = (scores > rivals(scores, of.labels)) | ~exclusive  # of an exclusive group its first label's to the second
    return pool[np.argsort((margins * counts).sum(axis=1) / counts.sum(axis=1), kind="stable")[:count]]


def by_distance(of: Material, seen: Views, labelled: Places, pool: Places, count: int, seed: int) -> Places:
    """Those furthest from what is labelled, one after another: greedy k-centre."""
    where, known = directions(seen.at(pool), seen.at(labelled))
    chooser = Chooser(where, known, list(map(str, pool)), shortlist=1.0)
    taken = [chooser.take(np.zeros(len(pool))) for _ in range(count)]
    return pool[[place for place in taken if place is not None]]


def by_suggestion(of: Material, seen: Views, labelled: Places, pool: Places, count: int, seed: int) -> Places:
    """What `mmf_mixer suggest` says."""
    precision = probability_precisions(seen.scores[of.of("val")], of.targets[of.of("val")])
    known = Known(seen.at(labelled), of.targets[labelled], precision)
    return pool[[each.index for each in suggest(seen.at(pool), known, of.labels, count, seed)]]


CHOICES: dict[str, Choice] = {
    "random": by_lot,
    "margin": by_margin,
    "k-centre": by_distance,
    "suggest": by_suggestion,
}


def curve(of: Material, choose: Choice, step: int, seed: int) -> tuple[list[int], list[float]]:
    """How many clips are labelled, and the mean average precision on the test split, step by step."""
    pool, test = np.random.default_rng(seed).permutation(of.of("train")), of.of("test")
    labelled, counts, precisions = pool[:step], [], []
    for _ in range(LAST):
        seen = of.views(labelled)
        found = probability_precisions(seen.scores[test], of.targets[test])
        counts.append(len(labelled))
        precisions.append(float(np.nanmean(found)))
        left = np.setdiff1d(of.of("train"), labelled)
        labelled = np.concatenate([labelled, choose(of, seen, labelled, left, step, seed)])
    return counts, precisions


def labels_needed(counts: list[int], precisions: list[float], goal: float) -> float:
    """The number of clips at which a curve first reaches the goal, straight between steps; the last if never."""
    for place, (count, precision) in enumerate(zip(counts, precisions, strict=True)):
        if precision >= goal:
            if place == 0:
                return count
            before = precisions[place - 1]
            return counts[place - 1] + (count - counts[place - 1]) * (goal - before) / (precision - before)
    return counts[-1]


def suggest_table(of: Material, clips: int) -> None:
    """Print what each choice needs for the mean of what so many random clips give."""
    curves = {
        name: [curve(of, choose, clips // STEPS, seed) for seed in range(SEEDS)]
        for name, choose in track(CHOICES.items(), "Labelling")
    }
    goal = float(np.mean([np.interp(clips, *each) for each in curves["random"]]))
    print(f"\nmAP of {clips} random clips: {100 * goal:.1f} %\n")
    print(f"| choice | clips needed for it | never | mAP with {clips} clips, % |\n| --- | ---: | ---: | ---: |")
    for name, found in curves.items():
        needed = [labels_needed(*each, goal) for each in found]
        never = sum(max(precisions) < goal for _, precisions in found)
        reached = [100 * float(np.interp(clips, *each)) for each in found]
        print(f"| {name} | {interval(needed, 0)} | {never} of {SEEDS} | {interval(reached, 1)} |")


def flipped(of: Material, targets: Array, seed: int) -> tuple[Array, NDArray[np.bool_]]:
    """Targets with `FLIPPED` of them wrong, and where. In an exclusive group another label takes its place; in an open
    one as many are taken away as are added."""
    random = np.random.default_rng(seed)
    made, wrong = targets.copy(), np.zeros(targets.shape, dtype=bool)
    for group, columns in of.labels.slices():
        own = made[:, columns]  # a view
        if group.exclusive:
            for clip in random.permutation(len(made))[: max(1, round(FLIPPED * len(made)))]:
                new = random.choice(np.flatnonzero(own[clip] == 0))
                own[clip] = 0
                own[clip, new], wrong[clip, columns.start + new] = 1, True
        else:
            count = max(1, round(FLIPPED * own.sum() / 2))
            for value in (0, 1):
                for clip, column in random.permutation(np.argwhere(targets[:, columns] != value))[:count]:
                    own[clip, column], wrong[clip, columns.start + column] = value, True
    return made, wrong


def audit_table(of: Material) -> None:
    """Print which share of the most doubtful labels is wrong."""
    train = of.of("train")
    found: dict[str, list[float]] = {}
    for seed in track(range(SEEDS), "Looking"):
        targets, wrong = flipped(of, of.targets[train], seed)
        sources = tuple(map(str, train))
        alone = {key: own[train] for key, own in of.alone.items()}
        views = Views(targets, {}, side_by_side(alone), alone, sources)
        asked = questions(targets, of.labels)
        fused = crossfit(views.fused, targets, of.labels, folds(targets, sources, seed=seed))
        sure = confidence(views, targets, of.labels, seed).whole
        ways = {
            "chance": np.random.default_rng(seed).random(targets.shape),
            "loss of one head": -np.where(targets > 0, fused, 1 - fused),
            **(cleanlab_ways(fused, targets, of.labels, "one head") if find_spec("cleanlab") else {}),
            "loss, audit's heads": -np.where(targets > 0, sure, 1 - sure),
            **(cleanlab_ways(sure, targets, of.labels, "audit's heads") if find_spec("cleanlab") else {}),
            "audit": doubts(sure, targets),
        }
        for name, doubt in ways.items():
            looked = np.argsort(-np.where(asked, doubt, -np.inf), axis=None, kind="stable")[: wrong.sum()]
            found.setdefault(name, []).append(100 * float(wrong.flat[looked].mean()))
    print(f"\n{int(wrong.sum())} of {int(asked.sum())} labels are wrong\n\n| by | precision, % |\n| --- | ---: |")
    for name, precisions in found.items():
        print(f"| {name} | {interval(precisions, 1)} |")


def cleanlab_ways(probability: Array, targets: Array, labels: Labels, heads: str) -> dict[str, Array]:
    """The doubts of cleanlab, one exclusive group after another, or one label of an open one."""
    from cleanlab.rank import get_label_quality_scores

    ways = {}
    for method in ("self_confidence", "normalized_margin"):
        doubt = np.zeros(targets.shape)
        for group, columns in labels.slices():
            for span in (
                [columns] if group.exclusive else [slice(each, each + 1) for each in range(*columns.indices(10**6))]
            ):
                own, given = probability[:, span], targets[:, span].argmax(axis=1)
                if not group.exclusive:
                    own, given = np.column_stack([1 - own, own]), targets[:, span.start].astype(int)
                own = own / own.sum(axis=1, keepdims=True)
                score = get_label_quality_scores(
                    given, own, method=method, adjust_pred_probs=method != "self_confidence"
                )
                doubt[:, span] = -score[:, None]
        ways[f"cleanlab, {method}, {heads}"] = doubt
    return ways


def interval(values: list[float], digits: int) -> str:
    """The mean and half the width of its 95 % interval by Student's t."""
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return f"{np.mean(values):.{digits}f} ± {half:.{digits}f}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("suggest", "audit"))
    parser.add_argument("root", type=Path)
    parser.add_argument("store", type=Path)
    parser.add_argument("--clips", type=int, default=200, help="random ones, whose precision is the goal of suggest")
    arguments = parser.parse_args()
    measured = material(arguments.root, arguments.store)
    if arguments.what == "suggest":
        suggest_table(measured, arguments.clips)
    else:
        audit_table(measured)
