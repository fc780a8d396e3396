"""What each trained row said of the test clips, on the clips that all rows answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata

from mmf_mixer.benchmark.scores import Scores, read_scores
from mmf_mixer.data.clip import Labels
from mmf_mixer.errors import InputError

Array = NDArray[np.float32]


class Entry(NamedTuple):
    """What the table has a line for: trainings that differ in their seed alone."""

    model: str
    modalities: tuple[str, ...]
    fraction: float

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Entry":
        """The line that a row of `results.json` belongs to."""
        return cls(row["model"], tuple(row["modalities"]), row["fraction"])


@dataclass(frozen=True)
class Answer:
    """What one training says of N clips with L labels.

    Attributes:
        right: N, the share of each clip's label groups that are right.
        ranks: N x L, the place of each clip among all by its probability of a label, 1 = least. Average precision
            depends on the order alone, and places have the same scale for all models.
        targets: N x L.
    """

    right: Array
    ranks: Array
    targets: NDArray[np.bool_]


def answer(given: Scores, labels: Labels) -> Answer:
    """The answer in the logits of N clips."""
    from mmf_mixer.measures.metrics import clip_accuracies
    from mmf_mixer.measures.probabilities import (
        probabilities,  # MMF comes with it, which takes longer than a cached comparison
    )

    logits = torch.from_numpy(given.scores)
    right = clip_accuracies(logits, torch.from_numpy(given.targets), labels).numpy()
    ranks = rankdata(probabilities(logits, labels).numpy(), axis=0).astype(np.float32)
    return Answer(right, ranks, given.targets.astype(bool))


def joined(first: Answer, second: Answer) -> Answer:
    """Both, one below the other: 2N clips."""
    return Answer(*(np.concatenate(parts) for parts in zip(vars(first).values(), vars(second).values(), strict=True)))


def read_answers(rows: Sequence[Mapping[str, Any]], labels: Labels, out: Path) -> dict[Entry, dict[int, Answer]]:
    """The answers in what `read_tests` reads. Raises as that does."""
    tests = read_tests(rows, labels, out)
    return {entry: {seed: answer(given, labels) for seed, given in seeds.items()} for entry, seeds in tests.items()}


def read_tests(rows: Sequence[Mapping[str, Any]], labels: Labels, out: Path) -> dict[Entry, dict[int, Scores]]:
    """The test scores of all rows that have `scores`, by seed, of the clips that each of them could read.

    Args:
        rows: of `results.json`.
        labels: of the dataset folder.
        out: what the rows' paths are relative to.

    Raises:
        InputError: two rows answered different questions.
    """
    scored = [row for row in rows if "scores" in row and "error" not in row]
    if not scored:
        return {}
    tests = [read_scores(out / row["scores"])["test"] for row in scored]
    common = reduce(np.intersect1d, [test.index for test in tests])
    found: dict[Entry, dict[int, Scores]] = {}
    asked = None
    for row, test in zip(scored, tests, strict=True):
        given = test.at(common)
        asked = given.targets if asked is None else asked
        if given.targets.shape[1] != len(labels) or not np.array_equal(given.targets, asked):
            raise InputError(
                f"{out / row['scores']}: has other labels than {scored[0]['scores']} or the dataset folder, which has "
                "changed since; remove the results and compare again."
            )
        found.setdefault(Entry.of(row), {})[row["seed"]] = given
    return found
