import csv
from pathlib import Path

import pytest

from mmf_mixer.data.timeline import Timeline
from tests.annotate.exports.make import CLEAN, HOUR, RATES, Rate, at_rate, clean, nasty, segment, timeline, written

COUNTED = ("start_timecode", "start_frame", "end_timecode", "end_frame")


def rows(annotated: Timeline, folder: Path) -> list[dict[str, str]]:
    with written(annotated, "csv", folder).open(newline="", encoding="utf-8") as table:
        return list(csv.DictReader(table, strict=True))


def test_a_row_says_all_of_a_segment(tmp_path: Path) -> None:
    goal = segment("event/goal", 23.4, 27.64, score=0.96, shot=2, status="edited")
    assert rows(timeline(goal), tmp_path) == [
        {
            "label": "event/goal",
            "start": "23.4",
            "start_time": "00:00:23.400",
            "start_timecode": "10:00:23:10",
            "start_frame": "585",
            "end": "27.64",
            "end_time": "00:00:27.640",
            "end_timecode": "10:00:27:16",
            "end_frame": "691",
            "duration": "4.24",
            "score": "0.96",
            "text_share": "0.25",
            "audio_share": "0.75",
            "video_share": "0.0",
            "shot": "2",
            "status": "edited",
        }
    ]


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.name)
def test_frames_and_timecodes_are_those_of_the_rate(rate: Rate, tmp_path: Path) -> None:
    (row,) = rows(at_rate(rate), tmp_path)
    assert (row["start_frame"], row["start_timecode"]) == (str(rate.frame), rate.timecode)
    assert (float(row["start"]), row["start_time"]) == (HOUR, "01:00:00.000")


def test_a_variable_rate_leaves_frames_and_timecodes_empty(tmp_path: Path) -> None:
    found = rows(timeline(variable_frame_rate=True), tmp_path)
    assert {row[name] for row in found for name in COUNTED} == {""}
    assert [row["start"] for row in found] == [str(one.start) for one in timeline().kept]


def test_texts_are_no_formulas_and_stay_in_their_cell(tmp_path: Path) -> None:
    (row,) = rows(nasty(), tmp_path)
    assert row["label"] == f"'{clean()}"
    assert row[f"'{CLEAN}_share"] == "1.0"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "\r=", " =", "\uff1d"])
def test_what_begins_a_formula_is_text(sign: str, tmp_path: Path) -> None:
    labels = {f"{sign}a": {"exclusive": True, "labels": ["b"]}}
    (row,) = rows(timeline(segment(f"{sign}a/b", 0.0, 1.0), labels=labels, windows=[]), tmp_path)
    assert row["label"].startswith("'")
