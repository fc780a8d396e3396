"""The page in a real browser: it plays, seeks, filters, corrects, undoes, keeps and saves."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mmf_mixer.datasets.schema import read_labels, read_split
from tests.report.annotation.conftest import Opened, saved, segments, until
from tests.report.annotation.make import write_match

SELECTED = "page.state.segments[page.selected] ?? null"
NOW = "document.getElementById('video').currentTime"
STORE_REFUSED = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def seen(page: Any, name: str) -> str:
    found: str = page.text_content(f"#{name}")
    return found


def test_it_plays_and_stops_with_the_space_bar_even_after_a_click(opened: Opened, short: dict[str, Any]) -> None:
    page = opened(short)
    page.click("#play")
    until(page, f"{NOW} > 0.2")
    assert page.get_attribute("#play", "aria-label") == "Pause"
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
    assert seen(page, "shown") == "16 of 16 segments"
    page.click("#labels")
    page.uncheck("#label-list input[value='event/shot']")
    assert seen(page, "shown") == "14 of 16 segments" and seen(page, "labels") == "Labels 10 / 11"
    press(page, "Escape")
    assert page.is_hidden("#label-list") and page.evaluate("document.activeElement.id") == "labels"
    page.fill("#least", "0.9")
    assert seen(page, "shown") == "5 of 16 segments"
    page.select_option("#which", "unchecked")
    assert seen(page, "shown") == "4 of 16 segments"
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
    page.reload()
    assert segments(page) == after and "kept in this browser" in seen(page, "kept")
    for _ in range(9):
        press(page, "z")
    assert [each for each in segments(page)] == short["segments"]
    assert seen(page, "said") == "Nothing to undo" and page.is_disabled("#undo")


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
    assert seen(page, "said") == (
        "Saved 15 lines."
    )
    spans = {(clip.start, clip.end): clip for clip in clips}
    assert len(spans) == 15 and all(clip.video == folder / "match.mp4" for clip in clips)
    assert set(spans[23.4, 27.6].labels) == {"activity/attack", "event/goal", "event/crowd roar"}
    assert spans[23.4, 27.6].captions == folder / "match.en.srt"


def test_captions_that_were_inside_the_video_can_be_saved(opened: Opened, short: dict[str, Any]) -> None:
    assert opened(short).is_hidden("#save-captions")
    short["captions"]["source"] = "embedded"
    text = saved(opened(short), "save-captions")
    assert text.startswith("WEBVTT\n\n00:00.200 --> 00:02.900\nThey keep the ball at the back and wait.\n")


def test_it_says_when_the_browser_keeps_nothing(opened: Opened, short: dict[str, Any]) -> None:
    page = opened(short, init=STORE_REFUSED)
    assert "corrections are lost when it is closed" in seen(page, "unkept") and page.is_visible("#unkept")
    press(page, "n", "r")
    assert segments(page)[0]["status"] == "rejected"


def test_kept_corrections_that_cannot_be_are_left_out_and_that_is_said(opened: Opened, short: dict[str, Any]) -> None:
    page = opened(short)
    edits = [{"id": 0, "after": {"status": "rejected"}}, {"id": 1, "after": {"label": "<img src=x>"}}]
    page.evaluate("(text) => localStorage.setItem(page.key, text)", json.dumps({"version": 1, "done": 2, "edits": edits}))
    page.reload()
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
    page.wait_for_selector(".cue p span")
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


def test_a_video_that_is_elsewhere_is_chosen_by_hand(
    opened: Opened, short: dict[str, Any], tmp_path: Path, grey: Path
) -> None:
    page = opened(short)
    (tmp_path / "grey.mp4").unlink()
    page.reload()
    page.wait_for_selector("#unplayed", state="visible")
    assert "not beside this page" in seen(page, "unplayed")
    press(page, "n", "n")
    page.set_input_files("#choose", grey)
    until(page, f"Math.abs({NOW} - 4) < 1e-6")
    assert page.is_hidden("#unplayed")


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_is_wider_than_the_window_and_all_controls_have_names(
    opened: Opened, short: dict[str, Any], width: int
) -> None:
    page = opened(short)
    page.set_viewport_size({"width": width, "height": 800})
    press(page, "n")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    nameless = """[...document.querySelectorAll("button, input, select, canvas, section, dialog")].filter((each) =>
        !(each.getAttribute("aria-label") || each.getAttribute("aria-labelledby") || each.labels?.length || each.textContent.trim()))
        .map((each) => each.id)"""
    assert page.evaluate(nameless) == []


def test_the_focus_goes_through_the_page_in_order_and_is_seen(opened: Opened, short: dict[str, Any]) -> None:
    page = opened(short)
    places: dict[str, None] = {}
    for _ in range(40):
        press(page, "Tab")
        places[page.evaluate("document.activeElement.id")] = None
    wanted = ["save-master", "help", "back", "play", "speed", "search", "follow", "cues", "labels", "least", "next", "overview"]
    assert [place for place in places if place in wanted] == wanted
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(opened: Opened, short: dict[str, Any], scheme: str) -> None:
    """4.5 to 1 (WCAG 2, 1.4.3) for each colour of text on each ground that it stands on."""
    page = opened(short, color_scheme=scheme)
    code = """() => { const pixel = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
        const light = (colour) => { pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1);
            const parts = [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3).map((each) => each / 255)
                .map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]; };
        const style = getComputedStyle(document.documentElement);
        const of = (name) => light(style.getPropertyValue(`--${name}`).trim());
        const pairs = [["accent-ink", "accent"]];
        for (const text of ["ink", "soft", "good", "bad", "link"]) for (const ground of ["ground", "card", "lift"]) pairs.push([text, ground]);
        return pairs.map(([text, ground]) => [text, ground, of(text), of(ground)])
            .map(([text, ground, one, two]) => [text, ground, (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05)]); }"""
    assert [pair for pair in page.evaluate(code) if pair[2] < 4.5] == []


def test_reduced_motion_is_heard(opened: Opened, master: dict[str, Any]) -> None:
    page = opened(master, reduced_motion="reduce")
    page.evaluate("page.seek(57)")
    until(page, "page.transcript.current === 18")
    assert page.evaluate("el('cues').scrollTop") > 100  # at once, not on the way


def test_pictures_of_the_page(opened: Opened, master: dict[str, Any], tmp_path: Path, screenshots: Path) -> None:
    video = write_match(tmp_path / "match.mp4")
    for scheme, width, height in (("light", 1440, 860), ("dark", 1280, 800), ("narrow", 420, 900)):
        page = opened(master, video, color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("page.select(page.state.segments.findIndex((each) => each.label === 'event/goal')); page.seek(24.4)")
        until(page, "!document.getElementById('video').seeking && !page.waiting")
        page.screenshot(path=screenshots / f"annotation-{scheme}.png", full_page=scheme == "narrow")
        drawn = "[...document.querySelectorAll('canvas')].every((each) => new Set(each.getContext('2d').getImageData(0, 0, each.width, each.height).data).size > 9)"
        assert page.evaluate(drawn)
        assert (screenshots / f"annotation-{scheme}.png").stat().st_size > 20_000
