from pathlib import Path

import pytest

from mmf_mixer import limits
from mmf_mixer.errors import InputError
from mmf_mixer.media.captions import Cue, cues
from tests.media.captions.broadcast import (
    CLEAR,
    ERASE,
    PAINT_ON,
    RESUME,
    RETURN,
    ROLL_UP,
    ROW_14,
    ROW_15,
    SHOW,
    block,
    codes,
    header,
    letters,
    scc,
)

POP_ON = scc(
    (
        "00:00:01:00",
        [*codes(RESUME, CLEAR, ROW_14), *letters("AT&T <3"), *codes(ROW_15), *letters("again"), *codes(SHOW)],
    ),
    ("00:00:03:00", codes(ERASE)),
)
LINES = ["here we are", "on the ice", "we are cold"]
ROLLED = scc(
    *((f"00:00:{2 * n:02d};00", [*codes(ROLL_UP, RETURN, ROW_15), *letters(line)]) for n, line in enumerate(LINES)),
    ("00:00:08;00", codes(ERASE)),
)
PAINTED = scc(
    ("00:00:01;00", [*codes(PAINT_ON, ROW_14), *letters("painted ")]),
    ("00:00:04;00", [*codes(ROW_15), *letters("black")]),
    ("00:00:06;00", codes(ERASE)),
)
TT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en" '
    'xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:tts="http://www.w3.org/ns/ttml#styling" {}>'
    '<head><styling><style xml:id="s" tts:color="red"/></styling></head><body><div begin="10s">{}</div></body></tt>'
)


STYLED = TT.format(
    'ttp:frameRate="25"',
    '<p begin="00:00:01.500" end="00:00:02:05" style="s">A &amp;amp; <span tts:fontStyle="italic">b</span>c<br/>next '
    '<span tts:ruby="container"><span tts:ruby="base">X</span><span tts:ruby="text">x</span></span></p>'
    '<p><span begin="5s" end="6s">one</span> <span begin="7s" end="8s">two</span></p>',
)
PROGRAMME = (
    block(1, (10, 0, 1, 5), (10, 0, 2, 0), b"\x0d\x07\x0b\x0bCaf\xc2e\x0a\x0a\x8a\x8anext")
    + block(2, (10, 0, 3, 0), (10, 0, 4, 0), b"no", comment=1)
    + block(3, (10, 0, 5, 0), (10, 0, 6, 0), b"on", extension=0)
    + block(3, (10, 0, 5, 0), (10, 0, 6, 0), b" and on")
)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, name: str, content: str | bytes) -> list[Cue]:
    return [Cue(round(cue.start, 3), round(cue.end, 3), cue.text) for cue in cues(written(folder, name, content))]


def test_popped_on_words_are_read_when_they_are_shown(tmp_path: Path) -> None:
    pairs = 15  # are sent before, one in each frame
    shown = pytest.approx(1.001 + pairs * 1001 / 30000)
    assert cues(written(tmp_path, "a.scc", POP_ON)) == [(shown, pytest.approx(3.003), "AT&T <3 again")]


@pytest.mark.parametrize("mark", [":", ";"])  # of timecode without and with drop frames, whose hours differ in length
def test_a_programme_begins_at_a_full_hour_of_its_timecode(tmp_path: Path, mark: str) -> None:
    early = POP_ON.replace(":00\t", f"{mark}00\t")
    assert read(tmp_path, "a.scc", early.replace("00:00:0", "01:00:0")) == read(tmp_path, "b.scc", early)


def test_lines_that_roll_up_are_read_once_each_while_it_is_the_last(tmp_path: Path) -> None:
    found = read(tmp_path, "a.scc", ROLLED)
    assert [cue.text for cue in found] == LINES
    assert [cue.start for cue in found] == [pytest.approx(2.002 * n + 0.067, abs=2e-3) for n in range(3)]
    assert [cue.text for cue in cues(tmp_path / "a.scc", 2.5, 3.5)] == ["on the ice"]


def test_words_that_are_painted_on_have_times_of_their_own(tmp_path: Path) -> None:
    assert [cue.text for cue in read(tmp_path, "a.scc", PAINTED)] == ["painted", "black"]
    assert [cue.text for cue in cues(tmp_path / "a.scc", 1.5, 3.5)] == ["painted"]
    assert [cue.text for cue in cues(tmp_path / "a.scc", 5.0, 5.5)] == ["black"]


@pytest.mark.parametrize("name", ["a.ttml", "a.dfxp", "a.itt", "a.xml"])
def test_ttml_loses_styles_and_readings_and_keeps_times(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, name, STYLED) == [Cue(11.5, 12.2, "A &amp; bc next X"), Cue(15.0, 18.0, "one two")]
    assert [cue.text for cue in cues(tmp_path / name, 17.5, 18.0)] == ["two"]


def test_ttml_of_older_years_and_of_timecodes_is_read(tmp_path: Path) -> None:
    old = TT.format("", '<p begin="1s" end="2s">old</p>').replace(
        "http://www.w3.org/ns/ttml", "http://www.w3.org/2006/10/ttaf1"
    )
    assert read(tmp_path, "a.dfxp", old) == [Cue(11.0, 12.0, "old")]
    rate = 'ttp:timeBase="smpte" ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001" ttp:dropMode="nonDrop"'
    late = TT.format(rate, '<p begin="09:59:50:15" end="09:59:52:00">late</p>').replace('div begin="10s"', "div")
    assert read(tmp_path, "b.ttml", late) == [Cue(round(3590.5 * 1.001, 3), round(3592 * 1.001, 3), "late")]


def test_times_inside_count_from_the_beginning_of_what_is_around_them(tmp_path: Path) -> None:
    text = '<p begin="1s"><span begin="0s" end="1s">one</span> <span begin="1s" end="2s">two</span></p>'
    assert read(tmp_path, "a.ttml", TT.format("", text)) == [Cue(11.0, 13.0, "one two")]


def test_cues_come_by_the_time_of_their_first_word(tmp_path: Path) -> None:
    text = (
        '<p><span begin="7s" end="8s">late</span> <span begin="1s" end="2s">early</span></p>'
        '<p begin="3s" end="4s">between</p>'
    )
    assert [cue.start for cue in read(tmp_path, "a.ttml", TT.format("", text))] == [13.0, 17.0]


def test_a_caption_without_an_end_lasts_until_the_next_one(tmp_path: Path) -> None:
    text = '<p begin="1s">first</p><p begin="3s">second</p>'
    assert read(tmp_path, "a.ttml", TT.format("", text)) == [Cue(11.0, 13.0, "first"), Cue(13.0, 17.0, "second")]


@pytest.mark.parametrize("start", ["10000000", "00000000", " " * 8])
def test_stl_loses_comments_and_teletext_codes_and_begins_with_the_programme(tmp_path: Path, start: str) -> None:
    found = read(tmp_path, "a.stl", header(start) + PROGRAMME)
    assert found == [Cue(1.2, 2.0, "Caf\u00e9 next"), Cue(5.0, 6.0, "on and on")]


def test_stl_that_builds_up_is_read_word_by_word(tmp_path: Path) -> None:
    times = [(10, 0, 1, 0), (10, 0, 2, 0), (10, 0, 3, 0), (10, 0, 4, 0)]
    parts = zip((1, 2, 3), times, (b"one", b"two", b"three"), strict=False)
    path = written(
        tmp_path, "a.stl", header() + b"".join(block(1, at, times[3], text, cumulative=n) for n, at, text in parts)
    )
    assert [cue.text for cue in cues(path)] == ["one two three"]
    assert [cue.text for cue in cues(path, 2.1, 2.9)] == ["two"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.scc", "Scenarist_SCC V1.0\n\n"), ("a.ttml", TT.format("", "")), ("a.stl", header()), ("a.stl", b"")],
)
def test_a_file_in_which_nothing_is_said_has_no_cues(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert cues(written(tmp_path, name, content)) == []


LAUGHS = '<!DOCTYPE tt [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.scc", "00:00:01:00\tnope", "Expected a 2-bytes hexadecimal word"),
        ("a.ttml", "just a letter", "syntax error"),
        ("a.xml", "<fcpxml/>", "its root is no <tt>"),
        ("a.ttml", TT.format("", '<p begin="1:2" end="4s">late</p>'), "Bad begin attribute value: 1:2"),
        ("a.ttml", TT.format('ttp:frameRate="pal"', '<p begin="1s">x</p>'), "ttp:frameRate invalid syntax"),
        ("a.ttml", TT.format("", '<p begin="9999999h">x</p>'), "a time in it is months away"),
        ("a.ttml", TT.format("", "<span>" * 3000 + "</span>" * 3000), "recursion"),
        ("a.ttml", LAUGHS + TT.partition("?>")[2].format("", "<p>&b;</p>"), "it has a DOCTYPE"),
        ("a.ttml", TT.format("", "<p/>" * limits.CAPTION_TAGS), "tags"),
        ("a.stl", header(rate=b"STL99.01"), "Unknown GSI DFC value"),
        ("a.stl", header()[:500], "requires a buffer of 1024 bytes"),
        ("a.stl", header() + block(1, (0, 0, 1, 0), (0, 0, 2, 0), b"cut")[:-5], "Bad TTI block"),
        ("a.stl", header() + block(1, (0, 0, 1, 0), (0, 0, 2, 0), b"on", extension=1) * 17, "goes on over 16 blocks"),
        ("a.stl", b"solid cube\n facet normal 0 0 0", "requires a buffer"),
    ],
)
def test_what_cannot_be_read_for_certain_is_refused(
    tmp_path: Path, name: str, content: str | bytes, reason: str
) -> None:
    with pytest.raises(InputError) as refusal:
        cues(written(tmp_path, name, content))
    assert str(refusal.value).startswith(f"{tmp_path / name}: cannot be read (") and reason in str(refusal.value)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.scc: has 2,097,153 bytes, but such a file may have 2,097,152"):
        cues(written(tmp_path, "a.scc", b"\n" * (limits.BROADCAST_BYTES + 1)))
