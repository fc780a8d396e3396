from collections import Counter

import pytest

from mmf_mixer.labels.imports.splits import deal

LABELS = [{"a/x"}, {"a/y"}] * 20


def test_splits_of_the_source_stay() -> None:
    given = ["train", "val", "test", "train"]
    assert deal(LABELS[:4], given, 0) == (given, "as the source has them")


def test_without_splits_each_has_its_share_of_each_label() -> None:
    splits, how = deal(LABELS, [None] * 40, 0)
    assert how == "made of 40 files by label, seed 0"
    assert Counter(splits) == {"train": 28, "val": 6, "test": 6}
    for split, least in (("train", 14), ("val", 3), ("test", 3)):
        assert Counter(str(labels) for labels, own in zip(LABELS, splits, strict=True) if own == split) == {
            "{'a/x'}": least,
            "{'a/y'}": least,
        }


def test_what_is_rare_is_in_training_first() -> None:
    labels = [*LABELS[:18], {"a/x", "a/rare"}, {"a/rarest"}]
    for seed in range(5):
        assert deal(labels, [None] * 20, seed)[0][18:] == ["train", "train"]


def test_the_seed_settles_the_rest() -> None:
    assert deal(LABELS, [None] * 40, 3) == deal(LABELS, [None] * 40, 3)
    assert deal(LABELS, [None] * 40, 3)[0] != deal(LABELS, [None] * 40, 4)[0]


def test_a_source_with_one_split_has_none() -> None:
    splits, how = deal(LABELS, ["val"] * 40, 0)
    assert Counter(splits) == {"train": 28, "val": 6, "test": 6}
    assert how == "made of 40 files by label, seed 0, for the source has only val"


@pytest.mark.parametrize(
    ("given", "counts", "how"),
    [
        (["train"] * 30 + ["test"] * 10, {"train": 26, "val": 4, "test": 10}, "val made of files of train by label"),
        (["train"] * 30 + ["val"] * 10, {"train": 26, "val": 10, "test": 4}, "test made of files of train by label"),
        (["val"] * 30 + ["test"] * 10, {"train": 21, "val": 9, "test": 10}, "train made of files of val by label"),
        (["train", "val", "test", "test"] * 5 + [None] * 20, {"train": 19, "val": 8, "test": 13}, "made of 20 files"),
        (["train", "val", None], {"train": 1, "val": 1, "test": 1}, ""),
    ],
)
def test_what_the_source_lacks_is_made(given: list[str | None], counts: dict[str, int], how: str) -> None:
    splits, said = deal(LABELS[: len(given)], given, 0)
    assert Counter(splits) == counts
    assert said.startswith("as the source has them; ") and how in said
    kept = [split for split, before in zip(splits, given, strict=True) if before == "test"]
    assert set(kept) <= {"test"}


def test_three_files_are_enough() -> None:
    assert sorted(deal(LABELS[:3], [None] * 3, 0)[0]) == ["test", "train", "val"]
