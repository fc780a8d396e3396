"""What the script saves, without a page: lines, names, captions, and the browser's store."""

import json
from typing import Any

import pytest

from tests.report.annotation.conftest import Run


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
    found = state("return datasetLines(state, 'abcdef', [])")
    spans = {(line["start"], line["end"]): line for line in found["lines"]}
    assert sorted(spans) == [(0, 9.6), (8.6, 10), (14, 26), (33, 44)] and found["left"] == {"unchecked": 0, "group": 0}
    assert spans[8.6, 10] == {
        "id": "match-abcdef-00008600-00010000", "video": "match.mp4", "audio": None, "captions": "match.en.srt",
        "start": 8.6, "end": 10, "labels": ["activity/build-up play", "event/whistle"],
    }  # fmt: skip
    found = state("edit(state, 7, {status: 'accepted'}); return datasetLines(state, 'x', [])")
    assert found["left"] == {"unchecked": 1, "group": 0}  # the roar over the goal is unchecked
    found = state("edit(state, 0, {status: 'rejected'}); return datasetLines(state, 'x', [])")
    assert found["left"] == {"unchecked": 0, "group": 1} and len(found["lines"]) == 2  # a whistle without an activity


def test_what_is_said_of_lines(run: Run) -> None:
    assert run("linesSaid({lines: [1], left: {unchecked: 2, group: 0}, refused: ''})") == (
        "Saved 1 line; 2 left out, for unchecked segments lie over them."
    )
    assert run("linesSaid({lines: [], left: {unchecked: 0, group: 0}, refused: ''})") == (
        "0 lines (accept, correct or add segments first)."
    )


def test_a_video_whose_name_cannot_stand_in_a_folder_is_refused(state: Run) -> None:
    found = state("state.master.video = 'a\\nb.mp4'; return datasetLines(state, 'x', [])")
    assert found["lines"] == [] and "rename it" in found["refused"]


def test_captions_that_were_in_no_file_are_saved_as_one(run: Run, master: dict[str, Any]) -> None:
    captions = {
        "source": "embedded",
        "name": "stream 2",
        "cues": [{"start": 3661.5, "end": 3662, "text": "a <b>\n\n& c"}],
    }
    assert run("captionsPath(given)", {**master, "captions": captions}) == "match.captions.vtt"
    assert (
        run("captionsPath(given)", {**master, "captions": {**captions, "source": "file", "name": "/x/../a.srt"}})
        == "a.srt"
    )
    assert run("captionsPath(given)", {**master, "captions": None}) is None
    assert run("captionsText(given.cues)", captions) == (
        "WEBVTT\n\n01:01:01.500 --> 01:01:02.000\na &lt;b&gt;\n&amp; c\n"
    )


def test_a_line_is_one_line_for_every_reader(run: Run) -> None:
    text = run("linesText([{id: 'a\\u2028\\u0085\\n'}, {id: 'b'}])")
    assert [json.loads(line)["id"] for line in text.splitlines()] == ["a\u2028\u0085\n", "b"]


def test_a_store_that_refuses_is_found_out(run: Run) -> None:
    code = """(() => { const kept = {};
        const works = {getItem: (key) => kept[key] ?? null, setItem: (key, text) => (kept[key] = text),
        removeItem: (key) => delete kept[key]};
        const full = {...works, setItem: () => { throw new Error("full"); }};
        const stores = [() => works, () => full, () => { throw new Error("no"); }].map((each) => openStore(each, "k"));
        const first = stores.map((store) => [store.works, store.read(), store.write("text")]);
        return [...first, openStore(() => works, "k").read()]; })()"""
    assert run(code) == [[True, None, True], [False, None, False], [False, None, False], "text"]
