"""Answers of rows, brought onto the same clips."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmf_mixer.benchmark.answers import Entry, answer, joined, read_answers
from mmf_mixer.benchmark.scores import Scores, write_scores
from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.errors import InputError

LABELS = Labels((LabelGroup("act", True, ("walk", "run")), LabelGroup("event", False, ("goal",))))
TARGETS = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 0]], np.uint8)
SCORES = np.array([[5, 0, 9], [2, 0, -1], [9, 8, 1]], np.float32)
ALL = Scores(SCORES, TARGETS, np.arange(3))


def written(out: Path, name: str, places: list[int], test: Scores = ALL) -> dict[str, Any]:
    write_scores(out / f"{name}.safetensors", {"val": ALL, "test": test.at(np.array(places))})
    return {"model": name, "modalities": ["text"], "fraction": 1.0, "seed": 7, "scores": f"{name}.safetensors"}


def test_an_answer_is_right_by_groups_and_ranks_by_probability() -> None:
    made = answer(ALL, LABELS)
    assert made.right.tolist() == [1.0, 0.5, 0.5]
    # walk: softmax of 5, 2 and 1, though the third has the largest score; run the other way round; goal as scored
    assert made.ranks.T.tolist() == [[3, 2, 1], [1, 2, 3], [3, 1, 2]]
    assert made.targets.dtype == bool
    both = joined(made, made)
    assert both.ranks.shape == (6, 3) and both.right.tolist() == [1.0, 0.5, 0.5] * 2


def test_clips_that_are_alike_share_their_rank() -> None:
    assert answer(Scores(np.zeros((3, 3), np.float32), TARGETS, np.arange(3)), LABELS).ranks.tolist() == [[2] * 3] * 3


def test_only_clips_that_all_rows_could_read_count(tmp_path: Path) -> None:
    rows = [
        written(tmp_path, "a", [0, 1, 2]),
        written(tmp_path, "b", [1, 2]),
        {**written(tmp_path, "c", [0]), "error": ""},
    ]
    found = read_answers(rows, LABELS, tmp_path)
    assert list(found) == [Entry("a", ("text",), 1.0), Entry("b", ("text",), 1.0)]
    for seeds in found.values():
        assert seeds[7].right.tolist() == [0.5, 0.5] and seeds[7].ranks[:, 0].tolist() == [2, 1]
    assert read_answers([{"model": "old", "metrics": {}}], LABELS, tmp_path) == {}


def test_other_labels_are_refused(tmp_path: Path) -> None:
    other = written(tmp_path, "b", [0, 1, 2], Scores(SCORES, TARGETS[::-1], np.arange(3)))
    with pytest.raises(InputError, match="b.safetensors: has other labels than a.safetensors"):
        read_answers([written(tmp_path, "a", [0, 1, 2]), other], LABELS, tmp_path)
    with pytest.raises(InputError, match="dataset folder"):
        read_answers([written(tmp_path, "a", [0, 1, 2])], Labels(LABELS.groups[:1]), tmp_path)
