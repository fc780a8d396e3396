"""The page of clips to look through, in a real browser: media, verdicts by key, corrections that are saved."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmf_mixer.data.clip import Clip, LabelGroup, Labels
from mmf_mixer.labels.audit.audit import Audit, Suspect
from mmf_mixer.labels.suggest.suggest import Suggestion
from mmf_mixer.report.clips.audit import write_audit_page
from mmf_mixer.report.clips.page import Card, write_page
from mmf_mixer.report.clips.suggest import write_suggest_page
from tests.report.annotation.conftest import press, reload, saved, until
from tests.report.annotation.make import write_grey

MARKUP = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\u2028<!--<script>"
LABELS = Labels((LabelGroup("act", True, ("run", "walk", MARKUP)), LabelGroup("event", False, ("goal", "shot"))))


def clip(folder: Path, id: str, *labels: str) -> Clip:
    """The second second of a video, with a caption."""
    video = folder / f"{id[:1]}#.mp4"
    write_grey(video)
    (folder / f"{id[:1]}.srt").write_text(f"1\n00:00:01,000 --> 00:00:02,000\n{id[:1]} < z\n")
    return Clip(id, video, video, folder / f"{id[:1]}.srt", 1.0, 2.0, labels)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The page of three suspects, of which two are of one clip, and a track."""
    (tmp_path / "data").mkdir()
    clips = [clip(tmp_path / "data", f"a{MARKUP}", "act/run"), clip(tmp_path / "data", "b", "act/run", "event/shot")]
    said: Any = {"text": "no", "video": "no"}
    labels = [
        Suspect(clips[0].id, "act/run", True, 0.9, 0.05, f"act/{MARKUP}", said, "label"),
        Suspect("b", "event/shot", True, 0.8, 0.1, None, said, "label"),
        Suspect("b", "event/goal", False, 0.7, 0.9, None, said, "unclear"),
    ]
    tracks = [Suspect(clips[0].id, "act/run", True, 0.6, 0.9, None, {"text": "no", "video": "yes"}, "text")]
    (tmp_path / "run").mkdir()
    return write_audit_page(tmp_path / "run/audit.html", Audit(9, labels, tracks), clips, LABELS, "train")


def test_what_comes_from_outside_stands_in_the_page_as_data_alone(path: Path) -> None:
    page = path.read_text()
    assert page.count("<script") == 2 and page.count("</script>") == 2
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert not set(data) & set("<>&\u2028")
    first = json.loads(data)["clips"][0]
    assert first["media"] == {"video": "./../data/a%23.mp4#t=1.000,2.000"}
    assert first["captions"] == "a < z"


@pytest.fixture
def page(browser: Any, path: Path) -> Iterator[Any]:
    errors: list[str] = []
    opened = browser.new_page()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(path.as_uri())
    yield opened
    opened.close()
    assert errors == []


def corrected(page: Any) -> dict[str, Any]:
    """By the first letter of the clip's id."""
    return {each["id"][0]: each["corrected"] for each in json.loads(saved(page, "save"))["clips"]}


def test_markup_is_shown_and_does_nothing(page: Any) -> None:
    assert page.locator("h2").first.text_content() == "act/run"
    assert MARKUP in page.locator("article").first.text_content()
    assert page.evaluate("[window.hacked ?? 0, document.images.length, document.scripts.length]") == [0, 0, 2]


def test_the_window_of_a_clip_plays(page: Any) -> None:
    press(page, " ")
    until(page, "document.querySelector('video').currentTime > 1.05")
    until(page, "document.querySelector('video').paused")
    assert page.evaluate("document.querySelector('video').currentTime") == pytest.approx(2, abs=0.2)


def test_offers_are_accepted_or_left_by_keys_and_the_changes_alone_are_saved(page: Any) -> None:
    press(page, "a", "a", "a")
    assert page.text_content("#done") == "3 of 4 looked at"
    assert corrected(page) == {"a": [f"act/{MARKUP}"], "b": ["act/run", "event/goal"]}
    press(page, "l", "p", "l")
    assert corrected(page) == {"a": [f"act/{MARKUP}"]}
    reload(page)
    assert corrected(page) == {"a": [f"act/{MARKUP}"]}


def test_a_track_that_contradicts_is_taken_out_alone_or_with_its_line(page: Any) -> None:
    page.click("[data-tab=tracks]")
    press(page, "a")
    assert page.get_attribute("article [data-verdict='0']", "aria-pressed") == "true"
    (entry,) = json.loads(saved(page, "save"))["clips"]
    assert entry["corrected"] == entry["labels"] == ["act/run"] and entry["without"] == ["captions"]
    page.locator("article select[aria-label=act]").select_option("act/walk")
    (entry,) = json.loads(saved(page, "save"))["clips"]
    assert entry["corrected"] == ["act/walk"] and entry["without"] == ["captions"]
    press(page, "Escape")
    page.locator("article").focus()
    press(page, "o")
    assert corrected(page) == {"a": None}
    press(page, "l")
    assert corrected(page) == {}
    press(page, "o")
    written = json.loads(saved(page, "save"))
    assert written["clips"][0]["without"] == []
    assert {name: written[name] for name in ("format", "version", "split")} == {
        "format": "mmf_mixer corrections",
        "version": 2,
        "split": "train",
    }


def test_pictures_of_a_video_that_holds_the_captions_go_with_their_line_only(tmp_path: Path) -> None:
    own = replace(clip(tmp_path, "a", "act/run"), captions_track=0)
    said: Any = {"audio": "yes", "video": "no"}
    suspects = [Suspect("a", "act/run", True, 0.6, 0.9, None, said, fault) for fault in ("video", "audio")]
    path = write_audit_page(tmp_path / "audit.html", Audit(1, suspects[1:], suspects), [own], LABELS, "train")
    (shown,) = re.findall(r'id="data">(.*?)</script>', path.read_text())
    label, *tracks = json.loads(shown)["cards"]
    assert [offer["without"] for offer in label["offers"]] == [[], ["audio"]]
    assert [[offer["says"] for offer in card["offers"]] for card in tracks] == [
        ["the line is left out"],
        ["without its sound", "the line is left out"],
    ]


def test_labels_can_be_given_by_hand(page: Any) -> None:
    page.locator("article select[aria-label=act]").first.select_option("act/walk")
    page.locator("article").nth(1).locator("select[aria-label=event]").select_option("event/goal")
    assert corrected(page) == {"a": ["act/walk"], "b": ["act/run", "event/shot", "event/goal"]}


def test_lines_are_saved_once_they_have_a_label_of_each_exclusive_group(browser: Any, tmp_path: Path) -> None:
    clips = [clip(tmp_path, "a"), clip(tmp_path, "b")]
    cards = [Card(0, "random", "a", {}), Card(1, "surest", "b", {})]
    lines = [{"id": each.id, "video": f"{each.id}#.mp4", "labels": []} for each in clips]
    path = write_page(tmp_path / "next.html", "next", clips, LABELS, cards, lines=lines)
    page = browser.new_page()
    page.goto(path.as_uri())
    press(page, "a")
    assert page.text_content("#said") == "Choose one label of each exclusive group first"
    page.locator("select[aria-label=act]").select_option("act/walk")
    assert json.loads(saved(page, "save")) == {**lines[0], "labels": ["act/walk"]}
    page.close()


def test_suggested_clips_stand_by_feed_with_their_media_wherever_these_lie(tmp_path: Path) -> None:
    lines = [
        {"id": "x", "audio": "x.wav", "audio_track": "de", "labels": []},
        {"id": "y", "video": "../y.mp4", "captions": "gone.srt", "start": 2, "end": 4.5, "labels": []},
    ]
    found = [
        Suggestion(1, "surest", "event/goal", 0.75, {"text": 0.5}),
        Suggestion(0, "random"),
    ]
    root = tmp_path / "pool"
    text = write_suggest_page(tmp_path / "next.html", root, lines, found, LABELS).read_text()
    (shown,) = re.findall(r'id="data">(.*?)</script>', text)
    data = json.loads(shown)
    assert data["lines"] == [lines[1], lines[0]]
    assert [clip["media"] for clip in data["clips"]] == [
        {"video": "./y.mp4#t=2.000,4.500"},
        {"audio": "./pool/x.wav#t=0.000"},
    ]
    assert "gone.srt: cannot be read" in data["clips"][0]["captions"]
    assert [(card["tab"], card["title"]) for card in data["cards"]] == [
        ("surest", "Is it event/goal?"),
        ("random", "Which labels has it?"),
    ]
    assert data["cards"][1]["facts"] == {"feed": "random", "not played, but meant": "the tracks sound de"}
    assert data["cards"][0]["facts"] == {"feed": "surest", "probability": "0.75", "text alone": "0.50"}
