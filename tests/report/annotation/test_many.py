"""Three hours and ten thousand segments: what is done for one picture is bounded by what is seen."""

import json
from typing import Any

import numpy as np
import pytest

from tests.report.annotation.conftest import Opened, until

HOURS = 3
LABELS = [f"event/{name}" for name in "abcdefgh"]
COUNT = """() => { window.calls = 0; const kind = CanvasRenderingContext2D.prototype;
    for (const name of ["fill", "stroke", "fillRect", "fillText", "lineTo", "roundRect"]) { const own = kind[name];
        kind[name] = function (...given) { window.calls += 1; return own.apply(this, given); }; } }"""


def long_master(master: dict[str, Any], count: int) -> dict[str, Any]:
    """`count` segments of one to three seconds, windows each second, a cue each two seconds."""
    lot, seconds = np.random.default_rng(0), HOURS * 3600
    starts = np.sort(lot.uniform(0, seconds - 4, count))
    made = [
        {
            "start": round(start, 2),
            "end": round(start + lot.uniform(1, 3), 2),
            "label": LABELS[number % len(LABELS)],
            "score": round(lot.uniform(0.3, 1), 4),
            "shot": number,
            "modalities": {"text": 0.5, "audio": 0.25, "video": 0.25},
            "evidence": {"words": [], "sound": [], "frames": []},
            "status": "predicted",
        }
        for number, start in enumerate(starts.tolist())
    ]
    scores = lot.uniform(0, 1, (seconds, len(LABELS))).round(4).tolist()
    shares = {"text": 0.5, "audio": 0.25, "video": 0.25}
    entries = [
        [{"label": label, "score": score, "modalities": shares} for label, score in zip(LABELS, row, strict=True)]
        for row in scores
    ]
    cues = [{"start": t, "end": t + 1.8, "text": f"Sentence number {t} of the talk."} for t in range(0, seconds, 2)]
    return {
        **master,
        "video": "grey.mp4",
        "duration": float(seconds),
        "shots": list(range(5, seconds, 5)),
        "labels": {"event": {"exclusive": False, "labels": [label.split("/")[1] for label in LABELS]}},
        "thresholds": dict.fromkeys(LABELS, 0.5),
        "captions": {**master["captions"], "cues": cues},
        "windows": [{"start": t, "end": t + 3, "labels": row} for t, row in enumerate(entries)],
        "segments": made,
    }


@pytest.fixture
def drawn(opened: Opened, master: dict[str, Any]) -> Any:
    """The page of so many segments, and how many calls its canvases take to draw a view of it."""

    def open_page(count: int) -> tuple[Any, Any]:
        page = opened(long_master(master, count))
        page.evaluate("page.draw()")  # the overview is drawn once
        page.evaluate(COUNT)

        def calls(start: float, end: float) -> int:
            return page.evaluate(  # type: ignore[no-any-return]
                "(view) => { window.calls = 0; page.view = view; page.draw(); return window.calls; }",
                {"from": start, "to": end},
            )

        return page, calls

    return open_page


def test_a_picture_takes_as_many_calls_as_there_are_pixels_not_segments(drawn: Any) -> None:
    page, calls = drawn(10_000)
    pixels = page.evaluate("document.getElementById('canvas').clientWidth")
    assert calls(0, HOURS * 3600) < 10 * pixels  # of nine lanes and 2,160 cuts
    near = calls(3600, 3660)
    assert near < 1500
    few, few_calls = drawn(1_000)
    assert near < 6 * few_calls(3600, 3660)  # a tenth of the segments in each minute, and the same ruler and lanes
    count = "document.querySelectorAll('*').length"
    assert page.evaluate(count) == few.evaluate(count) < 400  # no element is a segment's own


def test_hovering_draws_the_curve_with_at_most_two_points_a_pixel(drawn: Any) -> None:
    page, calls = drawn(100)
    before = calls(0, HOURS * 3600)
    page.evaluate("page.hover = {x: 400, y: RULER + 1.5 * ROW}")
    pixels = page.evaluate("document.getElementById('canvas').clientWidth")
    assert 100 < calls(0, HOURS * 3600) - before < 10 * pixels


def test_the_transcript_has_as_many_rows_as_are_seen(drawn: Any) -> None:
    page, _ = drawn(100)
    page.evaluate("page.seek(9000)")
    until(page, "document.querySelector('.cue[aria-current]')?.textContent.includes('number 9000 ')")
    assert 3 < page.locator(".cue").count() < 60
    assert page.get_attribute(".cue[aria-current]", "aria-posinset") == "4501"


def test_corrections_go_on_among_ten_thousand(drawn: Any) -> None:
    page, _ = drawn(10_000)
    page.evaluate("page.seek(5400)")
    for key in ("n", "a", "n", "r", "u", "a", "]"):
        page.keyboard.press(key)
    kept = json.loads(page.evaluate("localStorage.getItem(page.key)"))
    assert [edit["after"]["status"] for edit in kept["edits"]] == ["accepted", "rejected", "accepted", "edited"]
    until(page, "page.view.to - page.view.from < 200")  # it has come near enough to be seen
