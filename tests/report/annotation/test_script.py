"""The logic of the page's script without a page: time, lanes, edits, order, names, lines."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mmf_mixer.report.annotation.columns import window_columns
from mmf_mixer.report.annotation.page import LOGIC, script

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def run(browser: Any) -> Any:
    """Runs an expression beside the logic; `given` is what it is about."""
    page = browser.new_page()
    page.add_script_tag(content=script(LOGIC, "logic"))
    yield lambda code, given=None: page.evaluate(f"(given) => ({code})", given)
    page.close()


@pytest.fixture
def state(run: Run, master: dict[str, Any]) -> Run:
    """A state of the match as `state`; runs statements on it and gives back what they return."""
    given = {"master": {**master, "windows": []}, "windows": window_columns(master["windows"])}
    head = "const state = openState(given.master, readWindows(given.windows));"
    return lambda code, **more: run(f"(() => {{ {head} {code} }})()", {**given, **more})


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


def test_an_edge_moves_on_the_grid_of_frames_and_stops_a_frame_short(state: Run) -> None:
    assert state("nudge(state, 0, 'end', -1); return state.segments[0]")["end"] == 9.56
    found = state("for (let n = 0; n < 999; n += 1) nudge(state, 0, 'end', -1); return state.segments[0]")
    assert (found["start"], found["end"], found["status"]) == (0, 0.04, "edited")
    assert state("nudge(state, 0, 'start', -1); return state.log.length") == 0  # it is at the video's beginning


def test_edits_are_taken_back_and_done_again(state: Run, master: dict[str, Any]) -> None:
    code = """edit(state, 1, {status: "accepted"}); nudge(state, 1, "start", 2); changeLabel(state, 2, "event/goal");
        addSegment(state, "event/whistle", 59);"""
    before = [{**segment, "id": number} for number, segment in enumerate(master["segments"])]
    done = state(f"{code} return state.segments")
    assert [each["status"] for each in done[1:3]] == ["edited", "edited"] and done[1]["start"] == 4.08
    assert done[16]["status"] == "added" and (done[16]["start"], done[16]["end"]) == (58, 60) and done[16]["shot"] == 5
    assert state(f"{code} while (undo(state) >= 0); return state.segments") == before
    assert state(f"{code} while (undo(state) >= 0); while (redo(state) >= 0); return state.segments") == done
    assert state(f"{code} undo(state); edit(state, 0, {{status: 'rejected'}}); return [redo(state), state.log.length]") == [-1, 4]


def test_a_key_held_down_is_one_edit(state: Run) -> None:
    code = "nudge(state, 0, 'end', -1); nudge(state, 0, 'end', -1, true); nudge(state, 0, 'end', -1, true);"
    assert state(f"{code} return [state.log.length, state.segments[0].end]") == [1, 9.48]
    assert state(f"{code} undo(state); return state.segments[0].end") == 9.6


def test_another_label_has_another_score_and_no_reasons_of_the_old(state: Run) -> None:
    found = state("changeLabel(state, 5, 'event/applause'); return state.segments[5]")
    assert found["score"] < 0.2 and found["evidence"] == {"words": [], "sound": [], "frames": []}


@pytest.mark.parametrize(
    "after",
    [
        {"start": 9.9}, {"end": 61}, {"start": -1}, {"label": "event/none"}, {"status": "<b>"}, {"evidence": {}},
        {"start": "1"}, {"end": None}, [],
    ],
)  # fmt: skip
def test_edits_that_cannot_be_are_refused(state: Run, after: object) -> None:
    code = "try { edit(state, 0, given.after); } catch (error) { return error.name; }"
    assert state(code, after=after) == "RangeError"


def test_kept_edits_come_back_and_a_text_that_is_none_changes_nothing(state: Run) -> None:
    code = """edit(state, 1, {status: "accepted"}); addSegment(state, "event/goal", 5); nudge(state, 0, "end", -1); undo(state);
        const other = openState(given.master, state.windows);
        return [replay(other, logText(state)), state.segments, other.segments, other.done, other.log.length]"""
    fine, segments, others, done, length = state(code)
    assert fine and segments == others and (done, length) == (2, 3)
    one = '{"id": 0, "after": {"status": "accepted"}}'
    for text in (
        "", "null", "[]", "{", '{"version": 2, "done": 0, "edits": []}', '{"version": 1, "done": 9, "edits": []}',
        f'{{"version": 1, "done": 2, "edits": [{one}, {{"id": 99, "after": {{}}}}]}}',
        f'{{"version": 1, "done": 2, "edits": [{one}, null]}}',
    ):  # fmt: skip
        code = "return [replay(state, given.text), state.segments[0].status, state.log.length]"
        assert state(code, text=text.replace("accepted", "rejected")) == [False, "accepted", 0]


def test_filters_and_order(state: Run) -> None:
    head = "const filter = {labels: new Set(state.labels), score: 0, which: 'all', ...given.filter};"
    assert len(state(f"{head} return inOrder(state.segments, filter)", filter={})) == 16
    scores = [s["score"] for s in state(f"{head} return inOrder(state.segments, filter)", filter={"score": 0.9})]
    assert sorted(scores) == [0.91, 0.93, 0.95, 0.96, 0.97]
    statuses = {s["status"] for s in state(f"{head} return inOrder(state.segments, filter)", filter={"which": "checked"})}
    assert statuses == {"accepted", "edited", "rejected"}
    code = f"{head} const all = inOrder(state.segments, filter); return given.calls.map(([id, time, step]) => neighbour(all, id, time, step)?.id ?? null)"
    assert state(code, filter={}, calls=[[0, 0, 1], [0, 0, -1], [15, 0, 1], [-1, 8.6, 1], [-1, 8.6, -1], [-1, 0, 1]]) == [1, None, None, 2, 1, 0]


def test_the_least_certain_come_first_and_each_once(state: Run) -> None:
    code = """const all = inOrder(state.segments, {labels: new Set(state.labels), score: 0, which: "all"}); const found = [];
        for (let id = -1; found.length < 12; found.push(id)) id = nextUncertain(all, id, given.master.thresholds).id;
        return found.map((id) => state.segments[id].score)"""
    scores = state(code)
    assert scores[:11] == [0.49, 0.52, 0.55, 0.58, 0.61, 0.66, 0.83, 0.93, 0.95, 0.96, 0.97] and scores[11] == 0.49


def test_shuttle(run: Run) -> None:
    assert run("[[0, 1], [1, 1], [2, 1], [4, 1], [-2, 1], [1, -1], [-1, -1], [-4, -1]].map(([speed, way]) => shuttle(speed, way))") == [
        1, 2, 4, 4, 1, -1, -2, -4,
    ]  # fmt: skip


def test_captions_are_searched_and_their_words_weighed(run: Run) -> None:
    cue = {"start": 10, "end": 12, "text": "The goal, the  GOAL!"}
    words = [{"text": "goal", "start": 8, "end": 9, "weight": 9}, {"text": "the", "start": 10.5, "end": 11, "weight": 1},
             {"text": "Goal", "start": 11, "end": 12, "weight": 4}, {"text": "x", "start": 0, "end": 1, "weight": 8}]  # fmt: skip
    pieces = run("weighedPieces(given.cue, given.words)", {"cue": cue, "words": words})
    assert [(piece["text"], round(piece["weight"], 3)) for piece in pieces] == [
        ("The", 0.111), (" ", 0), ("goal,", 0.444), (" ", 0), ("the", 0), ("  ", 0), ("GOAL!", 0),
    ]  # fmt: skip
    assert run("search(given, ' goal ')", [{"text": "no"}, cue]) == [1] and run("search(given, '.*')", [cue]) == []


def test_rows_of_a_long_transcript_are_found_by_their_place(run: Run) -> None:
    assert run("rowsSeen(rowTops([30, 50, 30, 30]), 30, 55)") == [1, 3]
    assert run("rowsSeen(rowTops([30, 50, 30, 30]), 0, 1000)") == [0, 4]
    assert run("[linesOf('one two three', 8, (t) => t.length), linesOf('a\\nb', 9, (t) => t.length), linesOf('', 9, (t) => t.length)]") == [2, 2, 1]
    assert run("linesOf('x'.repeat(25), 10, (t) => t.length)") == 3


@pytest.mark.parametrize(
    ("path", "inside", "stem"),
    [
        ("episode.mp4", "episode.mp4", "episode"),
        ("clips/a b.mp4", "clips/a b.mp4", "a-b"),
        ("../../etc/passwd", "passwd", "passwd"),
        ("/etc/x.mp4", "x.mp4", "x"),
        ("a/../b.mp4", "b.mp4", "b"),
        ("./a.mp4", "a.mp4", "a"),
        ("..", None, "video"),
        ("a/..", None, "video"),
        ("", None, "video"),
        ("..\\..\\x.mp4", None, "x"),
        ("C:x.mp4", None, "C-x"),
        ("a\nb.mp4", None, "a-b"),
        ("a\u2028b.mp4", None, "a-b"),
        ("エピソード 1.mp4", "エピソード 1.mp4", "エピソード-1"),
        ("<img src=x>.mp4", "<img src=x>.mp4", "img-src-x"),
        (".hidden", ".hidden", "hidden"),
    ],
)
def test_names_of_saved_files_cannot_leave_their_folder(run: Run, path: str, inside: str | None, stem: str) -> None:
    assert run("[insidePath(given), stemOf(given)]", path) == [inside, stem]


def test_lines_are_of_checked_stretches_with_all_that_lies_over_them(state: Run) -> None:
    found = state("return datasetLines(state, 'abcdef')")
    spans = {(line["start"], line["end"]): line for line in found["lines"]}
    assert sorted(spans) == [(0, 9.6), (8.6, 10), (14, 26), (33, 44)] and found["left"] == {"unchecked": 0, "group": 0}
    assert spans[8.6, 10] == {
        "id": "match-abcdef-00008600-00010000", "video": "match.mp4", "audio": None, "captions": "match.en.srt",
        "start": 8.6, "end": 10, "labels": ["activity/build-up play", "event/whistle"],
    }  # fmt: skip
    found = state("edit(state, 7, {status: 'accepted'}); return datasetLines(state, 'x')")
    assert found["left"] == {"unchecked": 1, "group": 0}  # the roar over the goal is unchecked
    found = state("edit(state, 0, {status: 'rejected'}); return datasetLines(state, 'x')")
    assert found["left"] == {"unchecked": 0, "group": 1} and len(found["lines"]) == 2  # a whistle without an activity


def test_what_is_said_of_lines(run: Run) -> None:
    assert run("linesSaid({lines: [1], left: {unchecked: 2, group: 0}, refused: ''})") == (
        "Saved 1 line; 2 left out, for unchecked segments lie over them."
    )
    assert run("linesSaid({lines: [], left: {unchecked: 0, group: 0}, refused: ''})") == (
        "0 lines (accept, correct or add segments first)."
    )


def test_a_video_whose_name_cannot_stand_in_a_folder_is_refused(state: Run) -> None:
    found = state("state.master.video = 'a\\nb.mp4'; return datasetLines(state, 'x')")
    assert found["lines"] == [] and "rename it" in found["refused"]


def test_captions_that_were_in_no_file_are_saved_as_one(run: Run, master: dict[str, Any]) -> None:
    captions = {"source": "embedded", "name": "stream 2", "cues": [{"start": 3661.5, "end": 3662, "text": "a <b>\n\n& c"}]}
    assert run("captionsPath(given)", {**master, "captions": captions}) == "match.captions.vtt"
    assert run("captionsPath(given)", {**master, "captions": {**captions, "source": "file", "name": "/x/../a.srt"}}) == "a.srt"
    assert run("captionsPath(given)", {**master, "captions": None}) is None
    assert run("captionsText(given.cues)", captions) == (
        "WEBVTT\n\n01:01:01.500 --> 01:01:02.000\na &lt;b&gt;\n&amp; c\n"
    )


def test_a_line_is_one_line_for_every_reader(run: Run) -> None:
    text = run("linesText([{id: 'a\\u2028\\u0085\\n'}, {id: 'b'}])")
    assert [json.loads(line)["id"] for line in text.splitlines()] == ["a\u2028\u0085\n", "b"]


def test_a_store_that_refuses_is_found_out(run: Run) -> None:
    code = """(() => { const kept = {}; const works = {getItem: (key) => kept[key] ?? null, setItem: (key, text) => (kept[key] = text),
        removeItem: (key) => delete kept[key]};
        const full = {...works, setItem: () => { throw new Error("full"); }};
        const stores = [() => works, () => full, () => { throw new Error("no"); }].map((each) => openStore(each, "k"));
        return [...stores.map((store) => [store.works, store.read(), store.write("text")]), openStore(() => works, "k").read()]; })()"""
    assert run(code) == [[True, None, True], [False, None, False], [False, None, False], "text"]
