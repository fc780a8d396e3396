"""Whether a comparison's rows compare modalities: what they know beyond any sum of opinions, and where these differ.

A question is a label group of a clip. Its opinions are the answers of the reference's rows on single modalities.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mmf_mixer.benchmark.answers import Array, Entry, read_tests
from mmf_mixer.benchmark.resampling import Values, bootstrap_interval, observed, of_share, resampled
from mmf_mixer.benchmark.scores import Scores, read_scores
from mmf_mixer.benchmark.section import reference
from mmf_mixer.data.clip import Labels
from mmf_mixer.protocols import Json

GAP, BEYOND = "additive_gap", "accuracy_beyond_opinions"
AGREEMENT, NONE_RIGHT = "opinions_agree", "no_opinion_right"
GROUP = "accuracy of "  # before a group's name
OPINIONS = "single modalities"
Tests = Mapping[Entry, Mapping[int, Scores]]


@dataclass(frozen=True)
class Share:
    """A measure as a share: over N clips, the sum of what is `right` of each by the sum of what is `asked` of it."""

    right: Array
    asked: Array


def share(found: Share, weights: Array) -> Values:
    """The measure over weighted clips, R; 0 where nothing is asked."""
    asked: Values = found.asked @ weights
    return (found.right @ weights) / np.maximum(asked, np.finfo(np.float32).tiny)


def interactions(rows: Sequence[Mapping[str, Any]], labels: Labels, out: Path) -> list[Json]:
    """The measures of each entry with several modalities, as far as rows tell them, with intervals as in `summary`.

    `additive_gap` is the accuracy that a row loses when its scores are made additive; `accuracy_beyond_opinions` its
    accuracy on the questions that every opinion gets wrong. Of the opinions themselves, as the model "single
    modalities": `opinions_agree`, the share of questions to which all give one answer, and `no_opinion_right`. With
    several label groups, also the accuracy of each, `accuracy of GROUP`; and, where `labels.yaml` says what labels were
    made from, that of those from the same senses.

    Args:
        rows: of `results.json`; `scores` and `additive` are paths relative to `out`.
        labels: of the dataset folder.
        out: the folder of the comparison.
    """
    tests = read_tests(rows, labels, out)
    found: dict[tuple[Entry, str], list[Share]] = {}
    for entry, seeds in tests.items():
        for number, group in enumerate(labels.groups):
            if len(labels.groups) > 1:
                own = [right_groups(given, labels)[:, number] for given in seeds.values()]
                found[entry, GROUP + group.name] = [Share(each, np.ones_like(each)) for each in own]
        for senses, places in labels.made_from().items():
            own = [right_groups(given, labels)[:, places].mean(axis=1) for given in seeds.values()]
            name = f"{GROUP}labels from {' + '.join(senses) or 'what is not said'}"
            found[entry, name] = [Share(each, np.ones_like(each)) for each in own]
    for row in rows:
        if row.get("additive") and "error" not in row:
            found.setdefault((Entry.of(row), GAP), []).append(_gap(row, labels, out))
    seen: set[tuple[Entry, int]] = set()
    for entry, seed, opinions in _with_opinions(tests):
        wrong = np.all([right_groups(each, labels) < 1 for each in opinions], axis=0).astype(np.float32)
        right = wrong * right_groups(tests[entry][seed], labels)
        if wrong.any():
            found.setdefault((entry, BEYOND), []).append(Share(right.sum(axis=1), wrong.sum(axis=1)))
        said = Entry(OPINIONS, entry.modalities, entry.fraction)
        if (said, seed) not in seen:
            seen.add((said, seed))
            for metric, true in ((AGREEMENT, agreement(opinions, labels)), (NONE_RIGHT, wrong)):
                found.setdefault((said, metric), []).append(Share(true.mean(axis=1), np.ones(len(true), np.float32)))
    return [_measured(*name, shares) for name, shares in found.items()]


def right_groups(given: Scores, labels: Labels) -> Array:
    """How right each question is, N x G: of an open group the share of its labels."""
    from mmf_mixer.measures.metrics import right_groups  # MMF comes with it

    right: Array = right_groups(torch.from_numpy(given.scores), torch.from_numpy(given.targets), labels).numpy()
    return right


def agreement(opinions: Sequence[Scores], labels: Labels) -> Array:
    """To which questions all opinions give one answer, N x G."""
    from mmf_mixer.measures.metrics import predictions

    found = []
    for group, columns in labels.slices():
        said = torch.stack([predictions(torch.from_numpy(each.scores[:, columns]), group) for each in opinions])
        found.append((said == said[0]).all(dim=0).all(dim=1))
    return torch.stack(found, dim=1).float().numpy()


def _gap(row: Mapping[str, Any], labels: Labels, out: Path) -> Share:
    additive = read_scores(out / row["additive"])["test"]
    own = read_scores(out / row["scores"])["test"].at(additive.index)
    lost = (right_groups(own, labels) - right_groups(additive, labels)).mean(axis=1)
    return Share(lost, np.ones_like(lost))


def _with_opinions(tests: Tests) -> Iterator[tuple[Entry, int, list[Scores]]]:
    """Each entry with several modalities and each seed of it for which there is an opinion of every modality."""
    single = reference([entry.model for entry in tests]) if tests else ""
    for entry, seeds in tests.items():
        opinions = [tests.get(Entry(single, (key,), entry.fraction), {}) for key in entry.modalities]
        for seed in seeds:
            if len(opinions) > 1 and all(seed in each for each in opinions):
                yield entry, seed, [each[seed] for each in opinions]


def _measured(entry: Entry, metric: str, shares: Sequence[Share]) -> Json:
    values: NDArray[np.float64] = observed(shares, share)
    mean = float(values.mean())
    interval = bootstrap_interval(mean, resampled(shares, share))
    return {
        **entry._asdict(),
        "modalities": list(entry.modalities),
        "metric": metric,
        "mean": mean,
        "std": float(np.std(values, ddof=1)) if len(values) > 1 else None,
        "ci95": of_share(interval, least=-1 if metric == GAP else 0),
        "n": len(values),
    }
