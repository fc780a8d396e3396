"""Corrections in the script, and the order in which one goes through them, without a page."""

from typing import Any

import pytest

from tests.report.annotation.conftest import Run


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
    assert state(
        f"{code} undo(state); edit(state, 0, {{status: 'rejected'}}); return [redo(state), state.log.length]"
    ) == [-1, 4]


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
    code = """edit(state, 1, {status: "accepted"}); addSegment(state, "event/goal", 5);
        nudge(state, 0, "end", -1); undo(state);
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
    statuses = {
        s["status"] for s in state(f"{head} return inOrder(state.segments, filter)", filter={"which": "checked"})
    }
    assert statuses == {"accepted", "edited", "rejected"}
    code = f"""{head} const all = inOrder(state.segments, filter);
        return given.calls.map(([id, time, step]) => neighbour(all, id, time, step)?.id ?? null)"""
    assert state(
        code, filter={}, calls=[[0, 0, 1], [0, 0, -1], [15, 0, 1], [-1, 8.6, 1], [-1, 8.6, -1], [-1, 0, 1]]
    ) == [1, None, None, 2, 1, 0]


def test_a_segment_of_a_person_has_no_score_to_pass(state: Run) -> None:
    code = """addSegment(state, "event/shot", 3);
        return inOrder(state.segments, {labels: new Set(state.labels), score: 0.99, which: "all"})"""
    assert [segment["status"] for segment in state(code)] == ["added"]


def test_the_least_certain_come_first_and_each_once(state: Run) -> None:
    code = """const all = inOrder(state.segments, {labels: new Set(state.labels), score: 0, which: "all"});
        const found = [];
        for (let id = -1; found.length < 12; found.push(id)) id = nextUncertain(all, id, given.master.thresholds).id;
        return found.map((id) => state.segments[id].score)"""
    scores = state(code)
    assert scores[:11] == [0.49, 0.52, 0.55, 0.58, 0.61, 0.66, 0.83, 0.93, 0.95, 0.96, 0.97] and scores[11] == 0.49


def test_shuttle(run: Run) -> None:
    presses = [[0, 1], [1, 1], [2, 1], [4, 1], [-2, 1], [1, -1], [-1, -1], [-4, -1]]
    assert run("given.map(([speed, way]) => shuttle(speed, way))", presses) == [
        1, 2, 4, 4, 1, -1, -2, -4,
    ]  # fmt: skip
