from collections import OrderedDict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmf_mixer.errors import InputError
from mmf_mixer.media.captions import Cue, cues, reader

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
    with pytest.raises(InputError, match=r"a\.txt: captions are \.srt, \.vtt, .* or \.stl files"):
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


def said(folder: Path, name: str, text: str, start: float | None = None, end: float | None = None) -> str:
    return " ".join(cue.text for cue in cues(written(folder, name, text), start, end))


def stamp(seconds: float, comma: str = ".") -> str:
    return f"00:{int(seconds) // 60:02d}:{int(seconds) % 60:02d}{comma}{round(seconds % 1 * 1000):03d}"


def cue(start: float, end: float, *lines: str, comma: str = ".") -> str:
    return "\n".join([f"{stamp(start, comma)} --> {stamp(end, comma)}", *lines]) + "\n\n"


LINES = ["here we are", "on the ice", "we are cold", "let us go home"]


def recognised() -> str:
    """As video sites write it: the last line stays while the next is spoken word by word, then both for 10 ms."""
    text, shown = "WEBVTT\nKind: captions\n\n", " "
    for number, line in enumerate(LINES):
        at = 1.0 + 3 * number
        first, *rest = line.split()
        timed = "".join(f"<{stamp(at + 0.5 * n)}><c> {word}</c>" for n, word in enumerate(rest, 1))
        text += cue(at, at + 2.99, shown, first + timed) + cue(at + 2.99, at + 3, line, " ")
        shown = line
    return text


def test_each_recognised_word_is_read_once_where_it_is_spoken(tmp_path: Path) -> None:
    assert said(tmp_path, "a.vtt", recognised()) == " ".join(LINES)
    assert said(tmp_path, "a.vtt", recognised(), 4.0, 7.0) == "on the ice"
    assert said(tmp_path, "a.vtt", recognised(), 4.6, 5.0) == "the"  # between its time and that of the next word
    assert cues(written(tmp_path, "a.vtt", recognised()), 4.0, 7.0) == [Cue(4.0, 6.99, "on the ice")]


def test_a_line_with_two_times_between_its_words_is_no_line_of_times(tmp_path: Path) -> None:
    text = "WEBVTT\n\n" + cue(1, 4, "one<00:00:02.000><c> two</c><00:00:03.000><c> three</c>")
    assert cues(written(tmp_path, "a.vtt", text)) == [Cue(1.0, 4.0, "one two three")]
    assert said(tmp_path, "a.vtt", text, 2.5, 2.9) == "two"


def test_lines_that_roll_up_are_read_once(tmp_path: Path) -> None:
    shown = ["", *LINES]
    rolled = [cue(n, n + 1, *filter(None, shown[n : n + 2]), comma=",") for n in range(4)]
    assert said(tmp_path, "a.srt", "".join(rolled)) == " ".join(LINES)


def test_words_that_are_painted_on_are_read_once(tmp_path: Path) -> None:
    words = ["so", "we", "take", "our", "skates"]
    painted = [cue(n, n + 1, "who knows", " ".join(words[: n + 1])) for n in range(5)]
    assert said(tmp_path, "a.vtt", "WEBVTT\n\n" + "".join(painted)) == "who knows so we take our skates"


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("a.srt", "<u>{}</u>"),
        ("a.srt", '<font color="#ff0">{}</font>'),
        ("a.vtt", "<c.now>{}</c>"),
        ("a.vtt", "<b>{}</b>"),
    ],
)
def test_a_sentence_shown_for_each_word_is_read_once(tmp_path: Path, name: str, mark: str) -> None:
    text, at = "WEBVTT\n\n" if name == "a.vtt" else "", 0.0
    for line in ("we are cold", "we are cold"):  # said twice
        words = line.split()
        for place, word in enumerate(words):
            text += cue(at, at + 1, " ".join([*words[:place], mark.format(word), *words[place + 1 :]]))
            text += cue(at + 1, at + 1.5, line)
            at += 1.5
    assert said(tmp_path, name, text) == "we are cold we are cold"
    assert said(tmp_path, name, text, 1.5, 3.0) == "are"


def test_what_people_repeat_is_read_as_often_as_they_say_it(tmp_path: Path) -> None:
    song = ["no, no, no", "row your boat", "row your boat", "gently", "yes", "<i>yes</i>", "merrily", "life", "dream"]
    text = "".join(cue(n, n + 1, line, comma=",") for n, line in enumerate(song))
    assert said(tmp_path, "a.srt", text) == "no, no, no row your boat row your boat gently yes yes merrily life dream"
    pause = cue(1, 2, "ha ha") + cue(3, 4, "ha ha", "all right")
    assert said(tmp_path, "b.srt", pause) == "ha ha ha ha all right"
    both = cue(1, 2, "<v Ann>yes") + cue(1, 2, "<v Bob>yes")
    assert said(tmp_path, "c.vtt", f"WEBVTT\n\n{both}") == "yes yes"


def test_numbers_are_words_but_for_those_that_name_a_cue(tmp_path: Path) -> None:
    assert said(tmp_path, "a.vtt", "WEBVTT\n\n1\n" + cue(1, 2, "the answer is", "42") + "2\n" + cue(3, 4, "7")) == (
        "the answer is 42 7"
    )
    named = "1\n" + cue(1, 2, "the answer is", "42") + "2\n" + cue(3, 4, "7") + "3\n" + cue(5, 6, "flour", "200")
    assert said(tmp_path, "a.srt", named) == "the answer is 42 7 flour 200"
    assert said(tmp_path, "b.srt", cue(1, 2, "is", "42") + cue(3, 4, "flour", "200")) == "is 42 flour 200"


@pytest.mark.parametrize("name", ["a.srt", "a.vtt"])
def test_braces_and_backslashes_are_letters(tmp_path: Path, name: str) -> None:
    text = ("WEBVTT\n\n" if name == "a.vtt" else "") + cue(1, 2, "write {name} in C:\\new\\house", "a < b > c")
    assert said(tmp_path, name, text) == "write {name} in C:\\new\\house a < b > c"


def test_tags_of_substation_in_subrip_are_none(tmp_path: Path) -> None:
    assert said(tmp_path, "a.srt", cue(1, 2, "{\\an8}{\\i1}on top{\\i0}")) == "on top"


def test_ruby_says_how_a_word_is_read_and_is_not_read_itself(tmp_path: Path) -> None:
    text = "WEBVTT\n\nREGION\nid:a\n\n" + cue(1, 2, "<ruby>\u6f22<rt>kan</rt></ruby> <lang en>word</lang>")
    assert said(tmp_path, "a.vtt", text) == "\u6f22 word"


def test_cues_of_one_time_stay_in_the_order_of_the_file(tmp_path: Path) -> None:
    assert said(tmp_path, "a.srt", cue(2, 3, "zebra") + cue(2, 3, "ant") + cue(1, 2, "bee")) == "bee zebra ant"


def test_ass_may_have_its_fields_in_any_order(tmp_path: Path) -> None:
    text = (
        "[Script Info]\n\n[V4+ Styles]\nFormat: Name, Fontname\n\n[Events]\nFormat: Start, End, Style, Text\n"
        "Dialogue: 0:00:01.00,0:00:02.00,Default,first, with a comma\n"
        "Dialogue: 0:00:01.00,0:00:02.00,Default,{\\i1}second\n"
    )
    assert said(tmp_path, "a.ass", text) == "first, with a comma second"


def test_a_file_is_parsed_once_for_all_its_windows_and_again_when_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    stock = reader.content
    monkeypatch.setattr(reader, "content", lambda path, most: read.append(path) or stock(path, most))
    path = written(tmp_path, "a.vtt", recognised())
    assert [len(cues(path, at, at + 1)) for at in range(100)] and len(read) == 1
    written(tmp_path, "a.vtt", recognised() + cue(20, 21, "one more"))
    assert cues(path)[-1].text == "one more" and len(read) == 2


def test_the_memory_of_parsed_files_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "CAPTIONS_BYTES", 3 * len(recognised().encode()))
    monkeypatch.setattr(reader, "_parsed", OrderedDict())
    for number in range(9):
        cues(written(tmp_path, f"{number}.vtt", recognised()))
    assert [Path(path).name for path, _, _ in reader._parsed] == ["6.vtt", "7.vtt", "8.vtt"]
    monkeypatch.setattr(reader, "KEPT", 2)
    cues(written(tmp_path, "9.vtt", ""))
    assert [Path(path).name for path, _, _ in reader._parsed] == ["8.vtt", "9.vtt"]


def test_real_captions(shared: Path) -> None:
    found = cues(shared / "data" / "videos" / "mdn.vtt", 3.0, 6.9)

    assert found == [Cue(2.01, 3.5, "This is the first subtitle."), Cue(5.739, 6.074, "This is the second.")]
