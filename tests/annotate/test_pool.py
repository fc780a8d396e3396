"""The windows of an annotation as clips to be labelled."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mmf_mixer.annotate.annotator import Annotator
from mmf_mixer.annotate.pool import pool_of_annotation
from mmf_mixer.cli.main import app
from mmf_mixer.errors import InputError
from tests.report.annotation.test_page import data_of


@pytest.fixture
def master(annotator: Annotator, joined: Path, tmp_path: Path) -> Path:
    return annotator.annotate(joined, window=2.5, stride=2.5, beside=tmp_path).save(tmp_path, "joined")


def test_windows_are_seen_as_when_the_video_was_annotated(annotator: Annotator, master: Path) -> None:
    made = annotator.annotate(
        master.parent / pool_of_annotation(annotator.run, master).lines[0]["video"], window=2.5, stride=2.5
    )
    pool = pool_of_annotation(annotator.run, master)
    assert pool.views.scores == pytest.approx(made.windows.scores, abs=1e-4)
    assert len(pool.views.sources) == len(made.windows)
    assert set(pool.views.sources) <= {f"shot {number}" for number in range(len(made.shots) + 1)}


def test_each_window_is_a_line_beside_the_master_file(annotator: Annotator, master: Path, joined: Path) -> None:
    first = pool_of_annotation(annotator.run, master).lines[1]
    assert (first["id"], first["start"], first["end"], first["labels"]) == ("joined-2.5", 2.5, 5.0, [])
    assert (master.parent / first["video"]).samefile(joined)
    assert (master.parent / first["captions"]).samefile(joined.with_suffix(".srt"))


def test_an_annotation_with_other_labels_is_refused(annotator: Annotator, master: Path) -> None:
    master.write_text(
        master.read_text()
        .replace('"labels": ["laugh"', '"labels": ["smile"', 1)
        .replace("activity/laugh", "activity/smile")
    )
    with pytest.raises(InputError, match="has other labels than the run"):
        pool_of_annotation(annotator.run, master)


def test_windows_that_are_complete_are_not_offered_again(annotator: Annotator, master: Path) -> None:
    made = json.loads(master.read_text())
    spans = [[window["start"], window["end"]] for window in made["windows"]]
    master.write_text(json.dumps({**made, "complete": spans[1:]}))
    (line,) = pool_of_annotation(annotator.run, master).lines
    assert [line["start"], line["end"]] == spans[0]
    master.write_text(json.dumps({**made, "complete": spans}))
    with pytest.raises(InputError, match="has no window whose labels are not complete"):
        pool_of_annotation(annotator.run, master)


def test_captions_inside_the_video_are_lost_to_lines_and_that_is_said(annotator: Annotator, master: Path) -> None:
    master.write_text(master.read_text().replace('"source": "beside"', '"source": "embedded"', 1))
    pool = pool_of_annotation(annotator.run, master)
    assert pool.lines[0]["captions"] is None and "its captions are inside the video" in str(pool.said)
    (master.parent / "joined.captions.vtt").write_text("WEBVTT\n")
    again = pool_of_annotation(annotator.run, master)
    assert again.lines[0]["captions"] == "joined.captions.vtt" and again.said is None


def test_suggest_opens_the_annotation_page_at_its_windows(run_folder: Path, master: Path) -> None:
    given = ["suggest", str(run_folder), str(master), "-n", "3", "--out", str(master.parent / "lines/todo.jsonl")]
    assert CliRunner().invoke(app, given, catch_exceptions=False).exit_code == 0
    lines = [json.loads(line) for line in (master.parent / "lines/todo.jsonl").read_text().splitlines()]
    opened, plain = (data_of(master.with_name(f"joined{end}.html").read_text()) for end in ("-next", ""))
    reasons = json.loads((master.parent / "lines/todo.why.json").read_text())
    assert [(window["start"], window["end"]) for window in opened["next"]] == [
        (line["start"], line["end"]) for line in lines
    ]
    assert [window["feed"] for window in opened["next"]] == [reason["feed"] for reason in reasons.values()]
    assert opened["key"] == plain["key"] and plain["next"] == []  # so that both show the same corrections
    assert {**opened, "next": [], "colours": {}} == {**plain, "colours": {}}
