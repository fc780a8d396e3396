"""Late fusion by hand-made numbers: weights from validation, and nothing from the test split."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from mmf_mixer.benchmark.fused_row import main
from mmf_mixer.benchmark.late_fusion import common, fuse
from mmf_mixer.benchmark.row import OUTCOME, finish
from mmf_mixer.benchmark.scores import SCORES, Scores, read_scores, write_scores
from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.errors import InputError

LABELS = Labels((LabelGroup("one", True, ("a", "b")), LabelGroup("open", False, ("x",))))
TARGETS = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 0], [0, 1, 1]], dtype=np.uint8)


def scores(values: np.ndarray, index: list[int] | None = None) -> Scores:
    places = np.array(index or range(len(values)), dtype=np.int64)
    return Scores(values.astype(np.float32), TARGETS[: len(values)], places)


def logits(right: float) -> np.ndarray:
    """Scores that are right by so much, or wrong if it is negative."""
    return right * (2.0 * TARGETS - 1)


def test_the_test_split_has_no_part_in_the_weights() -> None:
    random = np.random.default_rng(0)
    val = [random.normal(size=(4, 3)), logits(1.0) + random.normal(size=(4, 3))]
    chosen = []
    for sign in (1.0, -1.0):
        members = [
            {"val": scores(val[0]), "test": scores(logits(sign))},
            {"val": scores(val[1]), "test": scores(logits(-sign))},
        ]
        pool, found = fuse(members, LABELS)
        chosen.append(pool.weights)
        first, other = (member["test"].scores for member in members)
        one, two = pool.weights.numpy()
        np.testing.assert_allclose(found["test"].scores, one * first + two * other, rtol=1e-5)
        assert set(found) == {"val", "test"}
    assert (chosen[0] == chosen[1]).all()


def test_only_clips_that_each_member_could_read_are_fused() -> None:
    one, other = scores(logits(1.0), [0, 2, 3, 5]), scores(logits(2.0), [2, 3, 4, 5])
    kept = common([one, other])
    assert [member.index.tolist() for member in kept] == [[2, 3, 5], [2, 3, 5]]
    assert (kept[0].scores == logits(1.0)[1:]).all() and (kept[1].targets == TARGETS[[0, 1, 3]]).all()
    with pytest.raises(InputError, match="no clip that all"):
        common([scores(logits(1.0), [0, 1, 2, 3]), scores(logits(1.0), [4, 5, 6, 7])])


def test_a_row_of_late_fusion_costs_what_its_members_cost_together(tmp_path: Path) -> None:
    groups = {group.name: {"exclusive": group.exclusive, "labels": list(group.labels)} for group in LABELS.groups}
    (tmp_path / "labels.yaml").write_text(yaml.safe_dump({"groups": groups}))
    rows = [tmp_path / "text", tmp_path / "audio"]
    for number, row in enumerate(rows, start=1):
        row.mkdir()
        write_scores(row / SCORES, {split: scores(logits(number)) for split in ("val", "test")})
        costs = {"params": 10 * number, "train_seconds": 1.24, "ms_per_step": 2.504, "jobs": number, "peak_mb": 5.0}
        finish(row, "", costs)
    main(tmp_path / "fused", "key", "late_fusion", tmp_path, {row.name: row for row in rows})
    outcome = json.loads((tmp_path / "fused" / OUTCOME).read_text())
    assert {name: outcome[name] for name in ("key", "params", "train_seconds", "ms_per_step", "jobs", "peak_mb")} == {
        "key": "key",
        "params": 30,
        "train_seconds": 2.5,
        "ms_per_step": 5.01,
        "jobs": 2,
        "peak_mb": 5.0,
    }
    right = {"group_accuracy": 1.0, "mean_average_precision": 1.0, "group_macro_f1": 1.0}
    assert outcome["metrics"] == outcome["validation"] == right
    one, other = outcome["weights"]["one"]
    fused = read_scores(tmp_path / "fused" / SCORES)["test"].scores
    np.testing.assert_allclose(fused[:, :2], one * logits(1.0)[:, :2] + other * logits(2.0)[:, :2], rtol=1e-5)
