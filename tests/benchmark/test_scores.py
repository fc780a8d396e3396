"""Scores in a file."""

from pathlib import Path

import numpy as np

from mmf_mixer.benchmark.scores import Scores, read_scores, write_scores


def test_scores_come_back_as_they_were(tmp_path: Path) -> None:
    splits = {
        split: Scores(
            np.arange(6, dtype=np.float32).reshape(3, 2) + offset,
            np.eye(3, 2, dtype=np.uint8),
            np.array([0, 2, 5], dtype=np.int64),
        )
        for offset, split in enumerate(("val", "test"))
    }
    write_scores(tmp_path / "scores.safetensors", splits)
    found = read_scores(tmp_path / "scores.safetensors")
    for split, made in splits.items():
        assert (found[split].scores == made.scores).all() and (found[split].targets == made.targets).all()
        assert found[split].index.tolist() == [0, 2, 5] and found[split].targets.dtype == np.uint8
    assert [path.name for path in tmp_path.iterdir()] == ["scores.safetensors"]


def test_scores_of_some_clips() -> None:
    some = Scores(np.array([[1.0], [2.0]], np.float32), np.array([[0], [1]], np.uint8), np.array([3, 7]))
    kept = some.at(np.array([7]))
    assert kept.scores.tolist() == [[2.0]] and kept.targets.tolist() == [[1]] and kept.index.tolist() == [7]
