from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.errors import InputError
from mmf_mixer.labels.readers.activitynet import activitynet
from tests.labels.make import said, write_json

VIDEO = {"duration": 82.73, "subset": "training", "annotations": [{"segment": [6.1, 70], "label": "Long jump"}]}


def test_subsets_are_splits(tmp_path: Path) -> None:
    database = {"a": VIDEO, "b": {**VIDEO, "subset": "validation"}, "c": {"subset": "testing", "annotations": []}}
    found = activitynet(write_json(tmp_path / "x.json", {"version": "VERSION 1.3", "database": database}))
    assert [(one.video, one.split, one.duration) for one in found] == [
        ("a", "train", 82.73),
        ("b", "val", 82.73),
        ("c", "test", None),
    ]
    assert [said(one) for one in found] == [[("Long jump", 6.1, 70.0)]] * 2 + [[]]


def test_the_form_of_mmaction2_is_read_too(tmp_path: Path) -> None:
    video = {"duration_second": 211.5, "duration_frame": 6337, "annotations": VIDEO["annotations"], "fps": 30.0}
    (found,) = activitynet(write_json(tmp_path / "x.json", {"v_a": video}))
    assert (found.video, found.duration, found.split) == ("v_a", 211.5, None)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([], "is not as ActivityNet writes it"),
        ({"version": "1.3", "results": {}, "external_data": {}}, "it holds predictions without a ground truth"),
        ({"database": {"a": {"annotations": [{"label": "x"}]}}}, "'segment' is missing"),
        ({"database": {"a": {"annotations": [{"label": "x", "segment": [1]}]}}}, "not enough values"),
        ({"database": {"a": {"annotations": [{"label": "x", "segment": [1, None]}]}}}, "None is no time"),
        ({"database": {"a": {"annotations": [{"label": None, "segment": [1, 2]}]}}}, "label None is no text"),
        ({"database": {"a": 3}}, "is not as ActivityNet writes it"),
    ],
)
def test_what_is_no_ground_truth_is_one_sentence(content: Any, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"x\.json: .*{sentence}"):
        activitynet(write_json(tmp_path / "x.json", content))
