"""Parts of the training clips: nested, balanced, the same for every training."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mmf_mixer.data.clip import Clip, LabelGroup, Labels
from mmf_mixer.data.clips import Clips
from mmf_mixer.data.fractions import balanced_order, clips_in, label_table, subset_of
from mmf_mixer.errors import InputError

LABELS = Labels((LabelGroup("one", True, ("a", "b", "c")), LabelGroup("open", False, ("x", "y"))))


def clip(number: int, *labels: str) -> Clip:
    return Clip(f"clip{number}", None, None, None, None, None, labels)


def test_a_fraction_is_a_share_or_a_number() -> None:
    assert [clips_in(fraction, 618) for fraction in (0.1, 0.0001, 1, 1.0, 100, 618)] == [62, 1, 618, 618, 100, 618]


@pytest.mark.parametrize("fraction", [0, -1, 2.5, 619, float("nan"), "half", None])
def test_what_is_neither_is_refused(fraction: float) -> None:
    with pytest.raises(InputError, match=r"dataset_config\.clips\.fraction is"):
        clips_in(fraction, 618)


def test_the_rarest_label_comes_first_then_each_in_proportion() -> None:
    # 6 of a, 3 of b, 1 of c: c; b; a (none of any is in before); then by the smallest share 1/6 < 1/3 < 1
    clips = [clip(n, "one/a") for n in range(6)] + [clip(n, "one/b") for n in (6, 7, 8)] + [clip(9, "one/c")]
    order = balanced_order(label_table(Clips.of(clips, LABELS)), seed=0)
    assert "".join(clips[place].labels[0][-1] for place in order) == "cbaabaabaa"
    assert sorted(order) == list(range(10))


def test_equals_are_taken_by_lot() -> None:
    table = label_table(Clips.of([clip(0, "one/a"), clip(1, "one/b"), clip(2, "one/c")], LABELS))
    assert {balanced_order(table, seed)[0] for seed in range(20)} == {0, 1, 2}


def test_a_clip_that_serves_more_lagging_labels_is_preferred() -> None:
    clips = [
        clip(0, "one/a"),
        clip(1, "one/a", "open/x"),
        clip(2, "one/b"),
        clip(3, "one/b"),
        clip(4, "one/b", "open/x"),
    ]
    order = balanced_order(label_table(Clips.of(clips, LABELS)), seed=3)
    # a is as rare as x, and clip 1 has both; then b, by a clip without x, of which half is in already
    assert order[0] == 1 and order[1] in (2, 3)


def test_clips_without_a_label_count_as_a_kind_of_their_own() -> None:
    table = label_table(Clips.of([clip(0, "open/x"), clip(1)], LABELS))
    assert table.tolist() == [[False, False, False, True, False, False], [False] * 5 + [True]]


def one_by_one(table: NDArray[np.bool_], seed: int) -> list[int]:
    """`balanced_order`, each clip for itself."""
    random = np.random.default_rng(seed)
    lot = random.permutation(len(table))
    table = table[lot][:, random.permutation(np.flatnonzero(table.any(axis=0)))]
    totals, left, order = table.sum(axis=0), np.ones(len(table), dtype=bool), list[int]()
    for place in range(len(table)):
        taken = table[~left].sum(axis=0)
        share = taken / totals
        label = min(np.flatnonzero(taken < totals), key=lambda column: (share[column], totals[column]))
        candidates = np.flatnonzero(left & table[:, label])
        chosen = candidates[np.argmax(table[candidates] @ ((place + 1) / len(table) - share))]
        left[chosen] = False
        order.append(int(lot[chosen]))
    return order


@pytest.mark.parametrize("seed", range(8))
def test_clips_with_the_same_labels_are_taken_as_if_each_stood_for_itself(seed: int) -> None:
    random = np.random.default_rng(seed)
    table = random.random((80, 9)) < random.random(9)
    table = np.concatenate([table, ~table.any(axis=1, keepdims=True)], axis=1)
    assert balanced_order(table, seed) == one_by_one(table, seed)


@pytest.mark.parametrize("seed", [0, 1])
def test_parts_are_nested_and_balanced(seed: int) -> None:
    random = np.random.default_rng(5)
    frequencies = 1 / np.arange(1, 31)
    labels = Labels((LabelGroup("open", False, tuple(map(str, range(30)))),))
    own = [clip(n, *(f"open/{k}" for k in np.flatnonzero(random.random(30) < frequencies))) for n in range(400)]
    clips = Clips.of(own, labels)
    table = label_table(clips)[:, :-1]
    smaller: set[int] = set()
    for fraction in (0.1, 60, 0.25, 200, 0.8, 1.0):
        part = subset_of(clips, fraction, seed).tolist()
        assert part == sorted(part) and len(part) == clips_in(fraction, 400) and smaller < set(part)
        smaller = set(part)
        found, wanted = table[part].sum(axis=0), table.sum(axis=0) * len(part) / 400
        assert (found >= np.floor(wanted)).all()
        assert np.abs(found - wanted).max() <= 4
    assert np.array_equal(subset_of(clips, 40, seed), subset_of(clips, 40, seed))
    assert not np.array_equal(subset_of(clips, 40, seed), subset_of(clips, 40, seed + 1))
