"""Windows to label next on the page of an annotation, in a real browser: tabs, choosing, correcting, lines."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mmf_mixer.labels.imports.files import File, fill
from mmf_mixer.labels.imports.groups import groups_of
from mmf_mixer.labels.imports.settings import Settings
from mmf_mixer.labels.imports.tally import Tally
from mmf_mixer.labels.readers.annotation import annotation
from mmf_mixer.report.annotation.page import annotation_page
from tests.report.annotation.conftest import Opened, Run, press, reload, saved, seen, segments, until
from tests.report.annotation.make import WINDOWS

NOW = "document.getElementById('video').currentTime"


@pytest.fixture
def page(opened: Opened, short: dict[str, Any]) -> Any:
    return opened(short, windows=WINDOWS)


def tabs(page: Any) -> list[str]:
    found: list[str] = page.locator("#tabs button").all_text_contents()
    return found


def listed(page: Any) -> list[str]:
    found: list[str] = page.locator("#windows button").all_text_contents()
    return found


def lines(page: Any) -> dict[tuple[float, float], list[str]]:
    """The labels of the saved lines by their stretch."""
    entries = map(json.loads, saved(page, "save-lines").splitlines())
    return {(entry["start"], entry["end"]): sorted(entry["labels"]) for entry in entries}


def test_a_tab_lists_its_windows_and_one_that_is_chosen_comes_to_video_and_timeline(page: Any) -> None:
    assert tabs(page) == ["borderline 0/2", "surest 0/1", "random 0/1"]
    assert listed(page) == ["0:04.0 to 0:07.0 Is it crowd roar?", "0:08.0 to 0:11.0 Is it shot?"]
    page.evaluate("page.look({from: 0, to: 2})")
    page.click("#windows button:has-text('shot')")
    until(page, f"Math.abs({NOW} - 8) < 1e-6 && page.time === 8")
    view = page.evaluate("page.view")
    assert view["from"] <= 8 and view["to"] >= 11
    assert page.get_attribute("#windows [aria-current]", "data-window") == "2"
    assert page.evaluate("page.filter.labels.has('event/shot')") and page.evaluate("page.selected") == -1
    page.click("#tabs button:has-text('random')")
    assert listed(page) == ["0:06.0 to 0:09.0 Which labels has it?"]
    press(page, "f")
    until(page, f"Math.abs({NOW} - 6) < 1e-6")
    press(page, "f")
    assert seen(page, "said") == "No window after this one under random"


def test_what_the_model_and_each_modality_say_stands_beside_the_window(page: Any) -> None:
    press(page, "f")
    bars = page.locator("#opinions span, #opinions b").all_text_contents()
    assert bars == ["model", "49 %", "text alone", "10 %", "audio alone", "90 %"]
    press(page, "f")
    assert page.locator("#opinions b").all_text_contents() == ["49 %"]


def imported(
    master: dict[str, Any], folder: Path, left: Tally, window: float | None = None
) -> dict[tuple[float, float], list[str]]:
    """The lines that `mmf_mixer import annotation` makes of a master file, as `lines` has those of the page."""
    (folder / "saved.json").write_text(json.dumps(master))
    (recording,) = annotation(folder / "saved.json")
    file = File(folder / master["video"], [recording])
    labels = groups_of(recording.labels, recording.exclusive)
    fill(file, labels, Settings(window=window), left, Tally())
    return {(line.span.start, line.span.end): sorted(line.labels) for line in file.lines}


def test_answers_are_saved_as_the_page_saves_corrections_and_windows_as_lines(page: Any, tmp_path: Path) -> None:
    press(page, "f")
    assert seen(page, "chosen-title") == "crowd roar"  # it lies there already, and is selected
    press(page, "a", "x", "f", "m", "x")
    assert tabs(page)[0] == "borderline 2/2" and listed(page)[1] == "0:08.0 to 0:11.0 ✓ Is it shot?"
    page.click("#tabs button:has-text('random')")
    page.click("#windows button")
    page.click("#complete")
    assert seen(page, "said") == "Saved training lines will have this window"
    changed = [(each["label"], each["start"], each["end"], each["status"]) for each in segments(page)]
    assert changed[1] == ("event/crowd roar", 4.0, 6.4, "accepted")
    assert changed[2] == ("event/shot", 8.0, 11.0, "added")
    found = lines(page)
    assert found[4.0, 7.0] == ["activity/build-up play", "event/crowd roar"]
    assert found[8.0, 11.0] == ["activity/build-up play", "event/shot"]  # the whistle lies over less than half of it
    assert found[6.0, 9.0] == ["activity/build-up play"]  # and of nothing else, which only a person can say
    master = json.loads(saved(page, "save-master"))
    jsonschema.validate(master, json.loads((files("mmf_mixer.annotate") / "schema.json").read_text()))
    assert imported(master, tmp_path, Tally()) == found
    reload(page)
    assert tabs(page) == ["borderline 2/2", "surest 0/1", "random 1/1"] and lines(page) == found
    page.click("#tabs button:has-text('random')")
    press(page, "f", "x")
    assert (6.0, 9.0) not in lines(page)


def test_complete_windows_alone_are_lines_and_no_others_are(short: dict[str, Any], tmp_path: Path, grey: Path) -> None:
    (tmp_path / short["video"]).symlink_to(grey)
    short["labels"] = {"event": short["labels"]["event"]}
    master = short | {"segments": [], "windows": [], "complete": [[4.0, 7.0], [90.0, 93.0]]}
    left = Tally()
    assert imported(master, tmp_path, left) == {(4.0, 7.0): []}
    assert list(left.found) == ["a segment outside of the file"]
    assert imported(master, tmp_path, left, window=3.0) == {} and "a file without a label" in left.found


def test_a_window_is_complete_only_once_all_that_lies_over_it_has_been_checked(page: Any) -> None:
    press(page, "x")
    assert seen(page, "said") == "Choose a window first: f goes to the next" and page.is_disabled("#complete")
    press(page, "f", "x")
    assert seen(page, "said") == "Accept or reject first what lies over this window: 1 unchecked"
    press(page, "r", "x")
    assert lines(page)[4.0, 7.0] == ["activity/build-up play"]
    press(page, "z")
    assert (4.0, 7.0) not in lines(page) and "1 left out, for unchecked segments" in seen(page, "said")
    page.evaluate("page.select(0)")
    press(page, "r", "f", "x")
    assert seen(page, "said") == "Give it one label of each exclusive group first"


def test_the_page_without_windows_saves_what_was_completed_and_has_no_keys_for_them(
    page: Any, short: dict[str, Any], tmp_path: Path
) -> None:
    press(page, "f", "a", "x")
    found = lines(page)
    (tmp_path / "page.html").write_text(annotation_page(short), encoding="utf-8")
    reload(page)
    assert page.is_hidden("#feeds") and "window" not in seen(page, "key-list")
    assert json.loads(saved(page, "save-master"))["complete"] == [[4.0, 7.0]]
    press(page, "f", "x")
    assert lines(page) == found and (4.0, 7.0) in found


@pytest.mark.parametrize("text", ["{", "{}", "[[3, 1]]", "[[0, 99]]", "[[0]]", '[["a", "b"]]', "[null]"])
def test_kept_windows_that_cannot_be_are_left_out_and_that_is_said(page: Any, text: str) -> None:
    page.evaluate("(text) => localStorage.setItem(`${page.key} complete`, text)", text)
    reload(page)
    assert "cannot be read, so none is shown" in seen(page, "unkept")
    assert page.evaluate("page.complete") == []


def test_feeds_stand_in_the_order_in_which_they_come(run: Run) -> None:
    assert run("[...byFeed(given)]", [{"feed": "b"}, {"feed": "a"}, {"feed": "b"}]) == [["b", [0, 2]], ["a", [1]]]
