"""Late fusion by hand-made numbers: weights from validation, probabilities averaged, nothing from the test split."""

import numpy as np
import pytest
import torch

from mmf_mixer.benchmark.late_fusion import choose_weights, common, fuse, mix, weightings
from mmf_mixer.benchmark.scores import Scores
from mmf_mixer.datasets.schema import LabelGroup, Labels
from mmf_mixer.errors import InputError

LABELS = Labels((LabelGroup("one", True, ("a", "b")), LabelGroup("open", False, ("x",))))
TARGETS = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 0], [0, 1, 1]], dtype=np.uint8)


def scores(values: np.ndarray, index: list[int] | None = None) -> Scores:
    places = np.array(index or range(len(values)), dtype=np.int64)
    return Scores(values.astype(np.float32), TARGETS[: len(values)], places)


def logits(right: float) -> np.ndarray:
    """Scores that are right by so much, or wrong if it is negative."""
    return right * (2.0 * TARGETS - 1)


def test_weightings_are_all_that_add_up_to_one() -> None:
    assert list(weightings(2, parts=2)) == [(0.0, 1.0), (0.5, 0.5), (1.0, 0.0)]
    three = list(weightings(3))
    assert len(three) == 66 and all(sum(each) == pytest.approx(1) for each in three)


def test_a_mixture_is_of_probabilities() -> None:
    members = [torch.tensor([[0.9, 0.1, 0.5]]), torch.tensor([[0.2, 0.8, 1.0]])]
    mixed = mix(members, (0.5, 0.5), LABELS)
    # 0.55 to 0.45 within the exclusive group, 0.75 in the open one: its logit is ln 3
    assert mixed[0, :2].softmax(dim=0).tolist() == pytest.approx([0.55, 0.45])
    assert mixed[0, 2].item() == pytest.approx(1.0986, abs=1e-4)
    assert mix(members, (0.0, 1.0), LABELS).isfinite().all()


def test_the_member_that_is_right_gets_the_weight_and_equals_share_it() -> None:
    right, wrong = (torch.from_numpy(logits(sign)).sigmoid() for sign in (3.0, -3.0))
    weights = choose_weights([wrong, right], torch.from_numpy(TARGETS).float(), LABELS)
    assert weights[1] > 0.5
    assert choose_weights([right, right], torch.from_numpy(TARGETS).float(), LABELS) == (0.5, 0.5)


def test_the_test_split_has_no_part_in_the_weights() -> None:
    random = np.random.default_rng(0)
    val = [random.normal(size=(4, 3)), logits(1.0) + random.normal(size=(4, 3))]
    chosen = set()
    for sign in (1.0, -1.0):
        members = [
            {"val": scores(val[0]), "test": scores(logits(sign))},
            {"val": scores(val[1]), "test": scores(logits(-sign))},
        ]
        weights, found, metrics = fuse(members, LABELS)
        chosen.add(weights)
        assert found["test"].scores.shape == (4, 3) and set(metrics) == {"val", "test"}
    assert len(chosen) == 1


def test_metrics_are_of_the_fused_scores() -> None:
    members = [{split: scores(logits(3.0)) for split in ("val", "test")} for _ in range(2)]
    _, found, metrics = fuse(members, LABELS)
    assert metrics["test"] == {"group_accuracy": 1.0, "mean_average_precision": 1.0, "group_macro_f1": 1.0}
    assert (found["test"].targets == TARGETS).all()


def test_only_clips_that_each_member_could_read_are_fused() -> None:
    one, other = scores(logits(1.0), [0, 2, 3, 5]), scores(logits(2.0), [2, 3, 4, 5])
    kept = common([one, other])
    assert [member.index.tolist() for member in kept] == [[2, 3, 5], [2, 3, 5]]
    assert (kept[0].scores == logits(1.0)[1:]).all() and (kept[1].targets == TARGETS[[0, 1, 3]]).all()
    with pytest.raises(InputError, match="no clip that all"):
        common([scores(logits(1.0), [0, 1, 2, 3]), scores(logits(1.0), [4, 5, 6, 7])])
