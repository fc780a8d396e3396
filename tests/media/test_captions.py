from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmf_mixer.errors import InputError
from mmf_mixer.media.captions import Cue, cues

SRT = """1
00:00:01,000 --> 00:00:02,000
<i>Hi</i> &amp; <font color="red">welcome</font>,
{\\an8}[laughs]

2
00:00:03,500 --> 00:00:04,000
caf\u00e9 &lt;3
"""
SRT_CUES = [Cue(1.0, 2.0, "Hi & welcome, [laughs]"), Cue(3.5, 4.0, "caf\u00e9 <3")]

VTT = """WEBVTT - a title

STYLE
::cue { color: red }

NOTE before
the first

intro
00:01.000 --> 00:02.000 align:start position:0%
<v Bob>Hi <c.yellow>you</c> <00:00:01.500>there</v>
again

NOTE in between

00:00:03.000 --> 00:00:04.000
second&nbsp;cue
"""

ASS = """[Script Info]
ScriptType: v4.00+

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\b1}bold{\\b0}\\Nnext\\hline
Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,not said
Dialogue: 0,0:00:02.00,0:00:03.00,Default,,0,0,0,,{\\p1}m 0 0 l 1 1{\\p0}
"""


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_srt_loses_styling_and_keeps_sounds(tmp_path: Path) -> None:
    assert cues(written(tmp_path, "a.srt", SRT)) == SRT_CUES


def test_vtt_loses_notes_names_and_karaoke(tmp_path: Path) -> None:
    assert cues(written(tmp_path, "a.VTT", VTT)) == [Cue(1.0, 2.0, "Hi you there again"), Cue(3.0, 4.0, "second cue")]


def test_ass_loses_comments_and_drawings(tmp_path: Path) -> None:
    assert cues(written(tmp_path, "a.ass", ASS)) == [Cue(1.0, 2.5, "bold next line")]


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [(None, None, [0, 1]), (1.5, 3.5, [0]), (2.0, 3.5, []), (1.999, 3.501, [0, 1]), (3.9, None, [1]), (None, 1.0, [])],
)
def test_cues_that_overlap_the_window(tmp_path: Path, start: float | None, end: float | None, found: list[int]) -> None:
    assert cues(written(tmp_path, "a.srt", SRT), start, end) == [SRT_CUES[n] for n in found]


def test_cues_come_by_time_and_instants_count(tmp_path: Path) -> None:
    text = "1\n00:00:05,000 --> 00:00:05,000\nlate\n\n2\n00:00:01,000 --> 00:00:02,000\nearly\n"

    assert [cue.text for cue in cues(written(tmp_path, "a.srt", text), 1.0, 5.1)] == ["early", "late"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, newline: str) -> None:
    assert cues(written(tmp_path, "a.srt", SRT.replace("\n", newline).encode(encoding))) == SRT_CUES


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le", "utf-16-be"])
def test_an_unknown_encoding_is_refused(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(InputError, match=r"a\.srt: its letters are in an unknown encoding; save it as UTF-8\.$"):
        cues(written(tmp_path, "a.srt", SRT.encode(encoding)))


@pytest.mark.parametrize(
    ("name", "text"), [("a.srt", ""), ("a.srt", "\ufeff\n \n"), ("a.vtt", "WEBVTT\n"), ("a.ass", "[Script Info]\n")]
)
def test_an_empty_file_has_no_cues(tmp_path: Path, name: str, text: str) -> None:
    assert cues(written(tmp_path, name, text)) == []


@pytest.mark.parametrize("name", ["a.srt", "a.vtt", "a.ass"])
def test_what_is_no_subtitle_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=rf"{name}: holds no cue that can be read"):
        cues(written(tmp_path, name, "just a letter\nto somebody\n"))


def test_other_formats_and_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.txt: captions are \.srt, \.vtt or \.ass"):
        cues(written(tmp_path, "a.txt", SRT))
    with pytest.raises(InputError, match=r"none\.srt: cannot be read \(No such file"):
        cues(tmp_path / "none.srt")


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(alphabet="0123456789:,.-> \n<>{}\\[]&;aé", max_size=200),
    suffix=st.sampled_from([".srt", ".vtt", ".ass"]),
)
def test_any_text_gives_cues_or_one_sentence(tmp_path_factory: pytest.TempPathFactory, text: str, suffix: str) -> None:
    path = written(tmp_path_factory.mktemp("any"), f"a{suffix}", f"00:00:01.000 --> 00:00:02.000\n{text}")

    try:
        found = cues(path)
    except InputError as error:
        assert str(path) in str(error) and "\n" not in str(error)
    else:
        assert all(cue.text and "\n" not in cue.text for cue in found)


def test_real_captions(shared: Path) -> None:
    found = cues(shared / "data" / "videos" / "mdn.vtt", 3.0, 6.9)

    assert found == [Cue(2.01, 3.5, "This is the first subtitle."), Cue(5.739, 6.074, "This is the second.")]
