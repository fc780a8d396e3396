import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from mmf_mixer.data.timeline import Timeline
from tests.annotate.exports.make import CLEAN, RATES, Rate, at_rate, clean, nasty, segment, timeline, written


def task(annotated: Timeline, folder: Path) -> dict[str, Any]:
    (found,) = json.loads(written(annotated, "label_studio", folder).read_text())
    assert isinstance(found, dict)
    return found


def ranges(found: dict[str, Any]) -> list[tuple[int, int, str]]:
    (prediction,) = found["predictions"]
    values = [region["value"] for region in prediction["result"]]
    return [(one["ranges"][0]["start"], one["ranges"][0]["end"], one["timelinelabels"][0]) for one in values]


def test_ranges_are_frames_from_1_with_the_last_one_included(tmp_path: Path) -> None:
    annotated = timeline(segment("event/goal", 0.0, 1.0), segment("event/shot", 59.0, 60.0))
    assert ranges(task(annotated, tmp_path)) == [(1, 25, "event/goal"), (1476, 1500, "event/shot")]


def test_a_range_has_a_frame_at_least(tmp_path: Path) -> None:
    assert ranges(task(timeline(segment("event/goal", 1.0, 1.0)), tmp_path)) == [(26, 26, "event/goal")]


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.name)
def test_frames_are_those_of_the_rate_that_the_task_names(rate: Rate, tmp_path: Path) -> None:
    found = task(at_rate(rate), tmp_path)
    assert ranges(found)[0][0] == rate.frame + 1
    assert int(3600 * found["data"]["fps"]) == rate.frame


def test_regions_have_ids_of_their_own_and_scores(tmp_path: Path) -> None:
    (prediction,) = task(timeline(), tmp_path)["predictions"]
    assert len({region["id"] for region in prediction["result"]}) == len(timeline().kept)
    assert [region["score"] for region in prediction["result"]] == [one.score for one in timeline().kept]
    assert prediction["model_version"] == timeline().run.fingerprint


@pytest.mark.parametrize("annotated", [timeline(), nasty()], ids=["match", "nasty"])
def test_the_config_names_what_the_predictions_refer_to(annotated: Timeline, tmp_path: Path) -> None:
    view = ElementTree.parse(written(annotated, "label_studio_config", tmp_path)).getroot()
    (control,), (video,) = view.findall("TimelineLabels"), view.findall("Video")
    found = task(annotated, tmp_path)
    for region in found["predictions"][0]["result"]:
        assert (region["from_name"], region["to_name"]) == (control.attrib["name"], video.attrib["name"])
        assert region["type"] == control.tag.lower()
    assert control.attrib["toName"] == video.attrib["name"]
    assert {name for *_, name in ranges(found)} <= {label.attrib["value"] for label in control}
    assert {video.attrib["value"], video.attrib["frameRate"]} == {"$video", "$fps"}
    assert set(found["data"]) == {"video", "fps"}


def test_texts_come_back_from_the_json(tmp_path: Path) -> None:
    found = task(nasty(), tmp_path)
    assert ranges(found) == [(26, 50, clean())]
    assert unquote(found["data"]["video"]) == f"/data/local-files/?d={CLEAN}.mp4"
