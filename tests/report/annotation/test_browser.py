"""The page in a real browser: it plays, seeks, filters, corrects, undoes, keeps and saves."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mmf_mixer.data.folder import read_labels, read_split
from tests.report.annotation.conftest import Opened, press, reload, saved, seen, segments, until

SELECTED = "page.state.segments[page.selected] ?? null"
NOW = "document.getElementById('video').currentTime"
STORE_REFUSED = (
    "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
)


def test_it_plays_and_stops_with_the_space_bar_even_after_a_click(opened: Opened, short: dict[str, Any]) -> None:
    page = opened(short)
    page.click("#mute")
    press(page, "Space")  # which would mute again if the button had kept the focus
    until(page, f"{NOW} > 0.2")
    assert page.get_attribute("#play", "aria-label") == "Pause"
    assert page.get_attribute("#mute", "aria-pressed") == "true"
    press(page, "Space")
    until(page, "document.getElementById('video').paused")
    stopped = page.evaluate(NOW)
    press(page, "l", "l")
    until(page, f"{NOW} > {stopped}")
    assert page.evaluate("document.getElementById('video').playbackRate") == 2
    press(page, "k")
    page.evaluate("page.seek(5)")
    press(page, "j")
    until(page, "page.time < 4.5")
    press(page, "k")
    assert page.evaluate("[document.getElementById('video').paused, page.player.backwards]") == [True, 0]


def test_it_seeks_by_frames_seconds_and_clicks(opened: Opened, short: dict[str, Any]) -> None:
    page = opened(short)
    press(page, ".", ".", ".", ",")
    until(page, f"Math.abs({NOW} - 2.5 / 25) < 1e-6 && page.time === 2.5 / 25")
    press(page, "ArrowRight", "Shift+ArrowRight", "ArrowLeft")
    until(page, f"Math.abs({NOW} - 10.1) < 1e-6")
    assert seen(page, "timecode") == "10:00:10:02"
    page.click(".cue:has-text('taken down')")
    until(page, f"Math.abs({NOW} - 3.2) < 1e-6")
    until(page, "document.querySelector('.cue[aria-current]').textContent.includes('taken down')")
    assert seen(page, "subtitle") == "Long pass to the left, well taken down."
    place = page.locator("#overview").bounding_box()
    page.mouse.click(place["x"] + 168 + (place["width"] - 168) / 2, place["y"] + 20)
    assert page.evaluate("page.time") == pytest.approx(6, abs=0.05)


def test_it_goes_from_segment_to_segment_and_says_which(opened: Opened, short: dict[str, Any]) -> None:
    page = opened(short)
    press(page, "n", "n")
    assert seen(page, "said") == "event/crowd roar, 0:04.00 to 0:06.40, score 49 %, predicted"
    assert page.evaluate("page.time") == 4 and seen(page, "chosen-title") == "crowd roar"
    assert page.locator("#shares b").all_text_contents() == ["4 %", "90 %", "6 %"]
    press(page, "n", "n")
    assert seen(page, "said") == "No segment after this one"
    press(page, "p", "p")
    assert page.evaluate(SELECTED)["label"] == "activity/build-up play"
    press(page, "u")
    assert page.evaluate(SELECTED)["label"] == "event/crowd roar"
    press(page, "a", "u")
    assert seen(page, "said") == "All segments that are shown have been checked"


def test_it_filters_by_label_score_and_what_was_checked(opened: Opened, master: dict[str, Any]) -> None:
    page = opened(master)
    assert seen(page, "shown") == "16 of 16"
    page.click("#labels")
    page.uncheck("#label-list input[value='event/shot']")
    assert seen(page, "shown") == "14 of 16" and seen(page, "labels") == "Labels 10/11"
    press(page, "Escape")
    assert page.is_hidden("#label-list") and page.evaluate("document.activeElement.id") == "labels"
    page.fill("#least", "0.9")
    assert seen(page, "shown") == "5 of 16"
    page.select_option("#which", "unchecked")
    assert seen(page, "shown") == "4 of 16"
    page.evaluate("document.activeElement.blur()")
    press(page, "n", "n", "n", "n", "n")
    assert page.evaluate(SELECTED)["label"] == "activity/interview"  # the last that is shown


def test_corrections_by_keys_are_undone_redone_and_survive_a_reload(opened: Opened, short: dict[str, Any]) -> None:
    page = opened(short)
    press(page, "n", "n", "[", "Shift+]", "Shift+]")
    assert page.evaluate(f"[({SELECTED}).start, ({SELECTED}).end, ({SELECTED}).status]") == [3.96, 6.48, "edited"]
    press(page, "a", "c")
    page.select_option("#label", "event/applause")
    page.evaluate("document.activeElement.blur()")
    press(page, "n", "r")
    press(page, "m", "i")
    after = segments(page)
    assert [(each["label"], each["start"], each["end"], each["status"]) for each in after] == [
        ("activity/build-up play", 0, 9.6, "accepted"),
        ("event/applause", 3.96, 6.48, "edited"),
        ("event/whistle", 8.6, 10, "rejected"),
        ("event/whistle", 8.6, 10.6, "added"),
    ]
    press(page, "z", "z", "Control+z")
    assert seen(page, "said").startswith("Undone: event/crowd roar, 0:03.96")
    assert [each["status"] for each in segments(page)] == ["accepted", "accepted", "accepted"]
    press(page, "Shift+Z", "Control+y", "Control+Shift+Z")
    assert segments(page) == after
    reload(page)
    assert segments(page) == after and "kept in this browser" in seen(page, "kept")
    for _ in range(9):
        press(page, "z")
    assert seen(page, "said") == "Nothing to undo" and page.is_disabled("#undo")
    assert segments(page) == short["segments"]


def test_an_edge_is_dragged_with_the_pointer_as_one_correction(opened: Opened, short: dict[str, Any]) -> None:
    page = opened(short)
    press(page, "n", "n")
    place = page.locator("#canvas").bounding_box()
    row = page.evaluate("page.rows.findIndex((row) => row.label === 'event/crowd roar')")
    x = [place["x"] + page.evaluate(f"xOf(page, {time}, {place['width']})") for time in (6.4, 7.0, 7.4)]
    y = place["y"] + page.evaluate(f"RULER + ROW * ({row} + 0.5) - document.getElementById('lanes').scrollTop")
    page.mouse.move(x[0], y)
    page.mouse.down()
    page.mouse.move(x[1], y)
    page.mouse.move(x[2], y)
    page.mouse.up()
    assert page.evaluate(f"({SELECTED}).end") == pytest.approx(7.4, abs=0.02)
    press(page, "z")
    assert page.evaluate(f"({SELECTED}).end") == 6.4


def test_the_saved_annotation_is_the_master_file_itself_but_for_the_corrections(
    opened: Opened, master: dict[str, Any]
) -> None:
    page = opened(master)
    text = saved(page, "save-master")
    assert json.loads(text) == master
    press(page, "n", "r")
    master["segments"][0]["status"] = "rejected"
    assert json.loads(saved(page, "save-master")) == master


def test_saved_lines_are_read_back_from_a_dataset_folder(
    opened: Opened, master: dict[str, Any], tmp_path: Path
) -> None:
    page = opened(master)
    page.click("#which")
    page.select_option("#which", "unchecked")
    page.evaluate("document.activeElement.blur()")
    for _ in range(11):
        press(page, "n", "a")
    assert seen(page, "checked") == "16 of 16 checked"
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "labels.yaml").write_text(yaml.safe_dump({"groups": master["labels"]}))
    (folder / "match.mp4").write_bytes((tmp_path / "match.mp4").read_bytes())
    (folder / "match.en.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nGo\n")
    (folder / "train.jsonl").write_text(saved(page, "save-lines"), encoding="utf-8")
    clips = read_split(folder, "train", read_labels(folder))
    assert seen(page, "said") == ("Saved 15 lines.")
    spans = {(clip.start, clip.end): clip for clip in clips}
    assert len(spans) == 15 and all(clip.video == folder / "match.mp4" for clip in clips)
    assert set(spans[23.4, 27.6].labels) == {"activity/attack", "event/goal", "event/crowd roar"}
    assert spans[23.4, 27.6].captions == folder / "match.en.srt"


def test_captions_that_were_inside_the_video_can_be_saved(opened: Opened, short: dict[str, Any]) -> None:
    assert opened(short).is_hidden("#save-captions")
    short["captions"]["source"] = "embedded"
    text = saved(opened(short), "save-captions")
    assert text.startswith("WEBVTT\n\n00:00.200 --> 00:02.900\nThey keep the ball at the back and wait.\n")


@pytest.mark.parametrize(
    ("source", "words"),
    [("file", "a file"), ("beside", "beside the video"), ("embedded", "inside the video"), ("608", "CEA-608")],
)
def test_it_says_where_the_captions_come_from(opened: Opened, short: dict[str, Any], source: str, words: str) -> None:
    short["captions"]["source"] = source
    assert words in seen(opened(short), "facts")


def test_it_says_when_the_browser_keeps_nothing(opened: Opened, short: dict[str, Any]) -> None:
    page = opened(short, init=STORE_REFUSED)
    assert "corrections are lost when it is closed" in seen(page, "unkept") and page.is_visible("#unkept")
    press(page, "n", "r")
    assert segments(page)[0]["status"] == "rejected"


def test_kept_corrections_that_cannot_be_are_left_out_and_that_is_said(opened: Opened, short: dict[str, Any]) -> None:
    page = opened(short)
    edits = [{"id": 0, "after": {"status": "rejected"}}, {"id": 1, "after": {"label": "<img src=x>"}}]
    text = json.dumps({"version": 1, "done": 2, "edits": edits})
    page.evaluate("(text) => localStorage.setItem(page.key, text)", text)
    reload(page)
    assert "cannot be read, so none is shown" in seen(page, "unkept")
    assert segments(page) == short["segments"]


def test_captions_are_searched(opened: Opened, master: dict[str, Any]) -> None:
    page = opened(master)
    press(page, "/")
    page.keyboard.type("THE c")
    assert seen(page, "hits") == "1 / 3" and page.evaluate("page.time") == 9.2
    page.wait_for_selector("mark")
    assert page.locator("mark").first.text_content() == "the c"
    press(page, "Enter", "Enter", "Enter", "Shift+Enter")
    assert seen(page, "hits") == "3 / 3" and page.evaluate("page.time") == 54.2
    page.keyboard.type("xyz")
    assert seen(page, "hits") == "none"


def test_the_words_that_spoke_for_the_segment_are_shaded(opened: Opened, master: dict[str, Any]) -> None:
    page = opened(master)
    page.evaluate("page.select(page.state.segments.findIndex((each) => each.label === 'event/goal'))")
    page.wait_for_selector(".cue p span:has-text('goal!')")  # scrolled to
    shaded = page.locator(".cue.inside p span").all_text_contents()
    assert {"goal!", "strike"} <= set(shaded) and page.locator(".cue:not(.inside) p span").count() == 0
    assert page.locator("#words span").count() > 3


def test_the_question_mark_shows_the_keys(opened: Opened, short: dict[str, Any]) -> None:
    page = opened(short)
    press(page, "?")
    assert page.is_visible("#keys") and "Least certain unchecked segment" in seen(page, "key-list")
    press(page, "a")  # which now is none of the page's
    press(page, "Escape")
    assert page.is_hidden("#keys") and not page.evaluate("page.state.log.length")


def test_an_annotation_of_nothing_can_still_be_corrected(opened: Opened, short: dict[str, Any]) -> None:
    none = dict.fromkeys(("captions", "timecode", "frame_rate", "width", "height"))
    page = opened({**short, **none, "variable_frame_rate": True, "windows": [], "segments": [], "shots": []})
    assert "no captions" in seen(page, "facts") and "steps of 40 ms" in seen(page, "facts")
    assert seen(page, "cue-space") == "There are no captions."
    press(page, "n", "a", "u", ".", "m")
    assert [(each["start"], each["end"], each["status"], each["score"]) for each in segments(page)] == [
        (0.06, 2.06, "added", 0)
    ]
    press(page, "z")
    assert segments(page) == []


def test_a_video_that_is_elsewhere_is_chosen_by_hand(
    opened: Opened, short: dict[str, Any], tmp_path: Path, grey: Path
) -> None:
    page = opened(short)
    (tmp_path / "grey.mp4").unlink()
    reload(page)
    page.wait_for_selector("#unplayed", state="visible")
    assert "not beside this page" in seen(page, "unplayed")
    press(page, "n", "n")
    page.set_input_files("#choose", grey)
    until(page, f"Math.abs({NOW} - 4) < 1e-6")
    assert page.is_hidden("#unplayed")
