import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from mmf_mixer.data.timeline import Timeline
from tests.annotate.exports.make import CLEAN, HOUR, RATES, Rate, at_rate, clean, nasty, timeline, written


def project(annotated: Timeline, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written(annotated, "via", folder).read_text())
    return found


def test_each_segment_is_a_temporal_segment_of_its_label(tmp_path: Path) -> None:
    found = project(timeline(), tmp_path)
    (attribute,) = found["attribute"].values()
    assert (attribute["anchor_id"], attribute["type"]) == ("FILE1_Z2_XY0", 4)
    segments = [(*one["z"], attribute["options"][one["av"]["1"]]) for one in found["metadata"].values()]
    assert segments == [(one.start, one.end, one.label) for one in timeline().kept]
    assert all(key.startswith(f"{one['vid']}_") for key, one in found["metadata"].items())


def test_the_project_shows_the_one_video(tmp_path: Path) -> None:
    found = project(timeline(), tmp_path)
    shown = found["view"][found["project"]["vid_list"][0]]["fid_list"]
    assert [found["file"][str(fid)]["src"] for fid in shown] == ["match.mp4"]


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.name)
def test_times_are_seconds_of_the_file_at_any_rate(rate: Rate, tmp_path: Path) -> None:
    assert [one["z"] for one in project(at_rate(rate), tmp_path)["metadata"].values()] == [[HOUR, HOUR + 1]]


def test_a_percent_sign_in_the_name_of_the_video_is_none_that_via_decodes(tmp_path: Path) -> None:
    assert project(timeline(video="50% more.mp4"), tmp_path)["file"]["1"]["fname"] == "50%25%20more.mp4"


def test_no_text_is_a_tag_in_the_page_of_via(tmp_path: Path) -> None:
    found = project(nasty(), tmp_path)
    harmless = CLEAN.replace("<", "\u2039")
    assert found["attribute"]["1"]["options"] == {"1": clean(harmless)}
    video = found["file"]["1"]
    assert found["project"]["pname"] == unquote(video["fname"]) == f"{harmless}.mp4"
    assert "<" not in video["src"] and unquote(video["src"]) == f"{CLEAN}.mp4"
