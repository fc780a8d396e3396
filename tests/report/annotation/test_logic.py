"""Time, windows, lanes and captions in the script, without a page."""

from typing import Any

import pytest

from mmf_mixer.report.annotation.columns import window_columns
from tests.report.annotation.conftest import Run


@pytest.mark.parametrize(
    ("seconds", "rate", "drop", "wanted"),
    [
        (60, "30000/1001", True, "00:00:59;28"),
        (60.06, "30000/1001", True, "00:01:00;02"),
        (600.6, "30000/1001", True, "00:10:00;18"),
        (3600, "30000/1001", True, "01:00:00;00"),
        (3600, "30000/1001", False, "00:59:56:12"),
        (3600, "60000/1001", True, "01:00:00;00"),
        (60.1, "60000/1001", True, "00:01:00;06"),
        (3600, "24000/1001", False, "00:59:56:09"),
        (3600, "25/1", False, "01:00:00:00"),
        (0.04 * 7, "25", False, "00:00:00:07"),
    ],
)
def test_timecodes(run: Run, seconds: float, rate: str, drop: bool, wanted: str) -> None:
    code = "timecode(frameAt(given.seconds, rateOf(given.rate)), rateOf(given.rate), given.drop)"
    assert run(code, {"seconds": seconds, "rate": rate, "drop": drop}) == wanted


def test_each_drop_frame_timecode_is_its_frames_own(run: Run) -> None:
    code = """Array.from({length: 40000}, (_, n) => n).filter((frame) =>
        parseTimecode(timecode(frame, rateOf("30000/1001"), true), rateOf("30000/1001"), true) !== frame)"""
    assert run(code) == []


def test_the_start_timecode_counts_and_a_variable_rate_has_none(run: Run) -> None:
    master = {"frame_rate": "30000/1001", "timecode": {"start": "01:00:00;00", "drop_frame": True}}
    assert run("timecodeAt(60, given)", master) == "01:00:59;28"
    assert run("timecodeAt(60, given)", {**master, "variable_frame_rate": True}) == ""
    assert run("timecodeAt(60, given)", {**master, "timecode": None}) == ""


def test_a_step_ends_in_the_middle_of_a_frame_at_any_rate(run: Run) -> None:
    code = """(() => { let time = 0; const rate = rateOf(given);
        for (let n = 0; n < 1000; n += 1) time = stepTime(time, 1, rate, 100);
        return [frameAt(time, rate), time]; })()"""
    for rate, fps in (("24000/1001", 24000 / 1001), ("25", 25), ("60000/1001", 60000 / 1001)):
        assert run(code, rate) == [1000, pytest.approx(1000.5 / fps)]
    assert run("stepTime(3, 9, rateOf('25'), 3)") == 74.5 / 25 and run("stepTime(0, -1, rateOf('25'), 3)") == 0.02


def test_a_stamp_that_was_rounded_is_still_of_its_own_frame(run: Run) -> None:
    code = "given.map((seconds) => frameAt(seconds, rateOf('30000/1001')))"
    assert run(code, [round(n * 1001 / 30000, 6) for n in range(200)]) == list(range(200))


def test_a_variable_rate_goes_in_steps_of_40_ms(run: Run) -> None:
    rates = [run("stepRate(given)", {"frame_rate": "50", "variable_frame_rate": each}) for each in (False, True)]
    assert rates == [{"top": 50, "bottom": 1}, {"top": 25, "bottom": 1}]


def test_clock(run: Run) -> None:
    assert run("[clock(75.55), clock(3675.25, 2), clock(59.999), clock(0, 0), clock(0.28, 2)]") == [
        "1:15.5", "1:01:15.25", "0:59.9", "0:00", "0:00.28",
    ]  # fmt: skip


def test_windows_come_back_as_they_were(run: Run, master: dict[str, Any]) -> None:
    windows = master["windows"]
    windows[3]["labels"].pop(2)
    windows[4]["labels"][1]["modalities"] = {"audio": 1 / 3}
    windows[5]["labels"] = []
    assert run("writeWindows(readWindows(given))", window_columns(windows)) == windows


def test_opinion_is_the_mean_of_the_windows_inside(run: Run, master: dict[str, Any]) -> None:
    inside = [w["labels"][7] for w in master["windows"] if 23.4 <= w["start"] + 1.5 <= 27.6]
    found = run("opinion(readWindows(given), 'event/goal', 23.4, 27.6)", window_columns(master["windows"]))
    assert found["score"] == pytest.approx(sum(one["score"] for one in inside) / len(inside))
    assert found["modalities"]["text"] == pytest.approx(sum(one["modalities"]["text"] for one in inside) / len(inside))


def test_pieces_are_found_by_time_long_ones_too_and_narrow_ones_are_joined(run: Run) -> None:
    code = """(() => { const found = []; const items = [{start: 0, end: 100}];
        for (let n = 0; n < 1000; n += 1) items.push({start: n, end: n + 0.5});
        const looked = eachPiece(makeLane(items), given.from, given.to, given.pixel,
            (item) => found.push([item.start, item.end]), (start, end) => found.push([start, end, "crowd"]));
        return [found, looked]; })()"""
    found, looked = run(code, {"from": 50, "to": 52, "pixel": 0.1})
    assert found == [[0, 100], [50, 50.5], [51, 51.5]] and looked == 52  # those that the long one may hide
    found, looked = run(code, {"from": 500, "to": 502, "pixel": 0.1})
    assert found == [[500, 500.5], [501, 501.5]] and looked == 2
    assert run(code, {"from": 0, "to": 1000, "pixel": 2})[0] == [[0, 100], [0, 999.5, "crowd"]]


def test_what_lies_under_a_time_is_the_shortest(run: Run) -> None:
    lane = "makeLane([{start: 0, end: 10}, {start: 4, end: 5}])"
    assert run(f"[itemAt({lane}, 4.5), itemAt({lane}, 6), itemAt({lane}, 11)]") == [
        {"start": 4, "end": 5}, {"start": 0, "end": 10}, None,
    ]  # fmt: skip


def test_zoom_keeps_its_time_and_stays_in_the_video(run: Run) -> None:
    assert run("zoomed({from: 0, to: 100}, 0.5, 20, 100)") == {"from": 10, "to": 60}
    assert run("zoomed({from: 10, to: 60}, 9, 20, 100)") == {"from": 0, "to": 100}
    assert run("panned({from: 10, to: 60}, 70, 100)") == {"from": 50, "to": 100}
    assert run("zoomed({from: 0, to: 100}, 0.0001, 0, 100)") == {"from": 0, "to": 0.5}


def test_captions_are_searched_and_their_words_weighed(run: Run) -> None:
    cue = {"start": 10, "end": 12, "text": "The goal, the  GOAL!"}
    spoken = (("goal", 8, 9, 9), ("the", 10.5, 11, 1), ("Goal", 11, 12, 4), ("x", 0, 1, 8))
    words = [dict(zip(("text", "start", "end", "weight"), word, strict=True)) for word in spoken]
    pieces = run("weighedPieces(given.cue, given.words)", {"cue": cue, "words": words})
    assert [(piece["text"], round(piece["weight"], 3)) for piece in pieces] == [
        ("The", 0.111), (" ", 0), ("goal,", 0.444), (" ", 0), ("the", 0), ("  ", 0), ("GOAL!", 0),
    ]  # fmt: skip
    assert run("search(given, ' goal ')", [{"text": "no"}, cue]) == [1] and run("search(given, '.*')", [cue]) == []


def test_rows_of_a_long_transcript_are_found_by_their_place(run: Run) -> None:
    assert run("rowsSeen(rowTops([30, 50, 30, 30]), 30, 55)") == [1, 3]
    assert run("rowsSeen(rowTops([30, 50, 30, 30]), 0, 1000)") == [0, 4]
    assert run(
        "given.map(([text, width]) => linesOf(text, width, (part) => part.length))",
        [["one two three", 8], ["a\nb", 9], ["", 9]],
    ) == [2, 2, 1]
    assert run("linesOf('x'.repeat(25), 10, (t) => t.length)") == 3
