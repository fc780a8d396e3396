import json
from html import unescape
from pathlib import Path

import pytest
import webvtt
from webvtt.models import Timestamp

from mmf_mixer.data.timeline import Timeline
from tests.annotate.exports.make import HOUR, RATES, Rate, at_rate, clean, nasty, segment, timeline, written

Cue = tuple[float, float, str]


def cues(annotated: Timeline, name: str, folder: Path) -> list[Cue]:
    found = webvtt.read(str(written(annotated, name, folder)))
    return [(seconds(cue.start_time), seconds(cue.end_time), cue.text) for cue in found]


def seconds(time: Timestamp) -> float:
    return time.hours * 3600 + time.minutes * 60 + time.seconds + time.milliseconds / 1000


def test_a_label_cue_is_json_of_label_score_and_modalities(tmp_path: Path) -> None:
    found = cues(timeline(segment("event/goal", 1.25, 2.0, score=0.9)), "vtt", tmp_path)
    assert [(start, end, json.loads(text)) for start, end, text in found] == [
        (1.25, 2.0, {"label": "event/goal", "score": 0.9, "modalities": {"text": 0.25, "audio": 0.75}})
    ]


def test_each_kept_segment_has_a_cue(tmp_path: Path) -> None:
    annotated = timeline()
    found = [(start, end, json.loads(text)["label"]) for start, end, text in cues(annotated, "vtt", tmp_path)]
    assert found == [(one.start, one.end, one.label) for one in annotated.kept]


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.name)
def test_cues_are_seconds_of_the_file_at_any_rate(rate: Rate, tmp_path: Path) -> None:
    assert [cue[:2] for cue in cues(at_rate(rate), "vtt", tmp_path)] == [(HOUR, HOUR + 1)]


def test_a_cue_ends_after_it_begins(tmp_path: Path) -> None:
    assert [cue[:2] for cue in cues(timeline(segment("event/goal", 1.0, 1.0)), "vtt", tmp_path)] == [(1.0, 1.001)]


def test_chapters_are_the_segments_of_exclusive_groups(tmp_path: Path) -> None:
    annotated = timeline()
    activities = [(one.start, one.end, one.label) for one in annotated.kept if one.label.startswith("activity/")]
    assert cues(annotated, "chapters", tmp_path) == activities


def test_chapters_are_all_segments_if_no_group_is_exclusive_and_do_not_overlap(tmp_path: Path) -> None:
    labels = {"event": {"exclusive": False, "labels": ["shot", "goal", "whistle"]}}
    spans = [("event/shot", 1.0, 5.0), ("event/goal", 3.0, 6.0), ("event/whistle", 3.0, 8.0)]
    found = cues(timeline(*(segment(*span) for span in spans), labels=labels, windows=[]), "chapters", tmp_path)
    assert found == [(1.0, 3.0, "event/shot"), (3.0, 6.0, "event/goal"), (3.0, 8.0, "event/whistle")]


def test_texts_cannot_end_a_cue(tmp_path: Path) -> None:
    (cue,) = cues(nasty(), "vtt", tmp_path)
    assert json.loads(cue[2])["label"] == clean()
    path = written(nasty(), "chapters", tmp_path)
    assert path.read_text().count("-->") == 1
    assert [unescape(cue.text) for cue in webvtt.read(str(path))] == [clean()]
