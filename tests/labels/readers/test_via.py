from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.errors import InputError
from mmf_mixer.labels.readers.recording import Recording
from mmf_mixer.labels.readers.via import via
from tests.labels.make import said, write_json

ATTRIBUTES = {
    "1": {"aname": "Activity", "type": 4, "options": {"1": "Break Egg", "2": "Stir"}},
    "2": {"aname": "Event", "type": 2, "options": {"a": "goal", "b": "set/corner"}},
    "3": {"aname": "Note", "type": 1, "options": {}},
}
FILES = {
    "1": {"fid": 1, "fname": "a.mp4", "type": 4, "loc": 1, "src": ""},
    "2": {"fid": 2, "fname": "b", "type": 4, "loc": 3, "src": "/films/b.mp4"},
    "3": {"fid": 3, "fname": "c", "type": 4, "loc": 2, "src": "https://host/my%20c.mp4"},
}


def marked(vid: str, z: list[Any], av: dict[str, str], xy: tuple[float, ...] = ()) -> dict[str, Any]:
    return {"vid": vid, "flg": 0, "z": z, "xy": list(xy), "av": av}


def project(*metadata: dict[str, Any], views: dict[str, list[int]] | None = None, **more: Any) -> dict[str, Any]:
    views = views or {"1": [1], "2": [2], "3": [3]}
    return {
        "project": {"vid_list": list(views)},
        "attribute": ATTRIBUTES,
        "file": FILES,
        "view": {name: {"fid_list": files} for name, files in views.items()},
        "metadata": {f"m{number}": one for number, one in enumerate(metadata)},
        **more,
    }


def read(folder: Path, content: Any) -> list[Recording]:
    return via(write_json(folder / "project.json", content))


def test_options_are_labels_of_the_group_that_their_attribute_is(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        project(
            marked("1", [2, 6.5], {"1": "1", "2": "a,b"}),
            marked("2", [0, 1], {"1": "2", "3": "slowly"}),
            marked("1", [], {"1": "2"}),
        ),
    )
    assert [said(one) for one in found] == [
        [
            ("Activity/Stir", None, None),
            *(("Activity/Break Egg", 2.0, 6.5), ("Event/goal", 2.0, 6.5), ("set/corner", 2.0, 6.5)),
        ],
        [("Activity/Stir", 0.0, 1.0), ("Note/slowly", 0.0, 1.0)],
        [],
    ]
    assert [one.video for one in found] == ["a.mp4", "/films/b.mp4", "/my c.mp4"]
    assert list(found[0].labels) == ["Activity/Break Egg", "Activity/Stir", "Event/goal", "set/corner"]


def test_what_is_no_label_of_a_stretch_is_counted(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        project(
            marked("1", [2], {"1": "1"}),
            marked("1", [2, 3, 5], {"1": "1"}),
            marked("1", [2], {"1": "1"}, xy=(2, 10, 10, 30, 30)),
            marked("1", [2, 3], {"1": ""}),
            marked("2", [2, 3], {"1": "1"}),
            views={"1": [1], "2": [2, 3]},
        ),
    )
    assert [said(one) for one in found] == [[], []]
    assert found[0].left_out == {
        "a moment without a length": 1,
        "a segment of several parts": 1,
        "a region of the picture": 1,
        "a segment without a label": 1,
    }
    assert found[1].left_out == {"a segment of several files at once": 1}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([], "is not as VIA 3 writes it"),
        ({"_via_settings": {}}, "'attribute' is missing"),  # version 2
        (project(marked("1", [0, 1], {"1": "9"})), "option '9' of attribute 'Activity' is not among its options"),
        (project(marked("1", [0, 1], {"8": "1"})), "'8' is missing"),
        (project(marked("1", [0, "soon"], {"1": "1"})), "'soon' is no time"),
        (project(marked("1", [0, float("nan")], {"1": "1"})), "nan is no time in seconds"),
        (project(views={"1": [7]}), "'7' is missing"),
    ],
)
def test_what_is_no_project_is_one_sentence(content: Any, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"project\.json: .*{sentence}"):
        read(tmp_path, content)
