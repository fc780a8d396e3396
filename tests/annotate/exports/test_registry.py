import re
from pathlib import Path

import pytest

from mmf_mixer.annotate.exports.registry import EXPORTS, export
from mmf_mixer.errors import InputError
from tests.annotate.exports.make import nasty, segment, timeline, written

COUNT_FRAMES = {"label_studio", "edl", "otio"}
DOCS = Path(__file__).parents[3] / "docs" / "annotate.md"


def test_an_unknown_export_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        InputError, match=r"'label-studio' is no export \(did you mean label_studio\?\); take one of vtt, .*, otio\."
    ):
        export(timeline(), "label-studio")


@pytest.mark.parametrize("name", EXPORTS)
def test_a_rejected_segment_is_left_out(name: str) -> None:
    kept, rejected = segment("event/goal", 1.0, 2.0), segment("event/shot", 33.0, 34.0, status="rejected")
    both, without = timeline(kept, rejected), timeline(kept)
    assert re.sub('DATE=".*?"', "", export(both, name)) == re.sub('DATE=".*?"', "", export(without, name))


@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("change", [{"variable_frame_rate": True}, {"frame_rate": None}])
def test_only_what_counts_frames_is_refused_at_a_variable_or_unknown_rate(name: str, change: dict[str, object]) -> None:
    if name not in COUNT_FRAMES:
        assert export(timeline(**change), name)
        return
    with pytest.raises(InputError, match=r"match\.mp4: has (a variable|no) frame rate, and .* counts frames"):
        export(timeline(**change), name)


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_holds_neither_control_characters_nor_what_utf_8_cannot_hold(name: str, tmp_path: Path) -> None:
    text = written(nasty(), name, tmp_path).read_text(encoding="utf-8")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]", text)
    assert not re.search(r"\\u(00[01]|d800|2028|fffe)", text)


@pytest.mark.parametrize("name", EXPORTS)
def test_a_timeline_without_segments_is_exported(name: str) -> None:
    assert export(timeline(segment("event/goal", 1.0, 2.0, status="rejected")), name)


def test_the_docs_list_all_exports() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\S+)` \|", DOCS.read_text(), re.MULTILINE)
    assert rows == [(name, f"NAME{one.suffix}") for name, one in EXPORTS.items()]
