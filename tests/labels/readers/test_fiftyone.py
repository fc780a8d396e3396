from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.errors import InputError
from mmf_mixer.labels.readers.fiftyone import fiftyone
from mmf_mixer.labels.readers.recording import Recording
from tests.labels.make import said, write_json

CLASSES = ["run", "sit"]


def read(folder: Path, labels: Any, classes: list[str] | None = CLASSES, **options: Fraction) -> list[Recording]:
    return fiftyone(write_json(folder / "labels.json", {"classes": classes, "labels": labels}), **options)


def test_labels_are_names_or_numbers_of_classes(tmp_path: Path) -> None:
    found = read(
        tmp_path, {"a": [{"label": "run", "timestamps": [1, 2.5]}, {"label": 1, "timestamps": [3, 4]}], "b": None}
    )
    assert [(one.video, said(one)) for one in found] == [("a", [("run", 1.0, 2.5), ("sit", 3.0, 4.0)]), ("b", [])]
    (found,) = read(tmp_path, {"a": [{"label": "any", "timestamps": [1, 2]}]}, classes=None)
    assert (said(found), found.labels) == ([("any", 1.0, 2.0)], ())


def test_frames_count_from_one_and_need_a_rate(tmp_path: Path) -> None:
    labels = {"a": [{"label": "run", "support": [1, 30000]}]}
    with pytest.raises(InputError, match=r"'a': counts frames; give --frame-rate"):
        read(tmp_path, labels)
    (found,) = read(tmp_path, labels, frame_rate=Fraction(30000, 1001))
    assert said(found) == [("run", 0.0, 1001.0)]


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        ("rum", r"label 'rum' is none of the classes \(did you mean 'run'\?\); correct it or add it there"),
        (2, "label 2 is no text"),
        (True, "label True is no text"),
    ],
)
def test_a_label_that_is_no_class_is_one_sentence(label: Any, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"labels\.json: .*{sentence}"):
        read(tmp_path, {"a": [{"label": label, "timestamps": [1, 2]}]})


@pytest.mark.parametrize(
    "content", [[], {}, {"labels": []}, {"labels": {"a": [{"label": "run"}]}}, {"labels": {"a": 5}}]
)
def test_what_is_no_such_data_set_is_one_sentence(content: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"labels\.json: .*(is not as FiftyOne writes it|counts frames)"):
        fiftyone(write_json(tmp_path / "labels.json", content))
