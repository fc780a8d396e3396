from pathlib import Path

import av
import pytest
from av.stream import Disposition

from mmf_mixer.errors import InputError
from mmf_mixer.media.captions import Cue, Found, Search, cues, find_captions
from mmf_mixer.media.captions import embedded as room
from mmf_mixer.media.captions.closed import closed_captions
from mmf_mixer.media.captions.embedded import embedded
from tests.media.captions.broadcast import (
    CLEAR,
    ERASE,
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
)
from tests.media.captions.make import Track, in_frames, write_closed, write_tracks
from tests.media.captions.test_broadcast import LINES, TT
from tests.media.make import write_media

SRT = "1\n00:00:01,000 --> 00:00:02,000\n{}\n"
ENGLISH = Track("subrip", [(0.5, 1.0, "<i>Hi</i> you"), (1.25, 2.0, "R&amp;B")], "eng")
GERMAN = Track("webvtt", [(0.5, 1.0, "<v Ann>Hallo</v>")], "ger", Disposition.default)
FRENCH = Track("ass", [(0.5, 1.0, "{\\i1}Salut{\\i0}\\Nvous"), (1.0, 2.0, "{\\p1}m 0 0{\\p0}")], "fra")
SIGNS = Track("subrip", [(0.5, 1.0, "EXIT")], "eng", Disposition.default | Disposition.forced)


def found(search: Search) -> Found:
    assert search.found is not None
    return search.found


@pytest.fixture
def silent(tmp_path: Path) -> Path:
    """A video without captions."""
    return write_media(tmp_path / "match.mp4", 3)


def beside(video: Path, *names: str) -> None:
    for name in names:
        (video.parent / name).write_text(SRT.format(name))


@pytest.mark.parametrize(
    ("track", "cues"),
    [
        (ENGLISH, (Cue(0.5, 1.0, "Hi you"), Cue(1.25, 2.0, "R&B"))),
        (GERMAN, (Cue(0.5, 1.0, "Hallo"),)),
        (FRENCH, (Cue(0.5, 1.0, "Salut vous"),)),
    ],
)
def test_text_tracks_are_read_from_the_beginning_of_the_pictures(tmp_path: Path, track: Track, cues: object) -> None:
    video = write_tracks(tmp_path / "a.mkv", track, start=5.0)
    assert found(embedded(video))[2:] == (track.language, cues)


def test_timed_text_of_mp4_is_read(tmp_path: Path) -> None:
    video = write_tracks(tmp_path / "a.mp4", Track("mov_text", [(0.5, 1.0, "one"), (1.0, 2.5, "two")]))
    assert embedded(video) == Search(
        Found("embedded", "track 0 (mov_text)", None, (Cue(0.5, 1.0, "one"), Cue(1.0, 2.5, "two")))
    )


@pytest.mark.parametrize(
    ("language", "number"), [(None, 1), ("en", 0), ("de-AT", 1), ("deu", 1), ("fr", 2), ("FRE", 2)]
)
def test_the_default_track_is_taken_or_that_of_the_language(tmp_path: Path, language: str | None, number: int) -> None:
    video = write_tracks(tmp_path / "a.mkv", ENGLISH, GERMAN, FRENCH)
    assert found(embedded(video, language)).name.startswith(f"track {number} ")


def test_a_track_that_states_the_language_comes_before_one_that_states_none(tmp_path: Path) -> None:
    unknown = Track("subrip", [(0.5, 1.0, "Ciao")], "und", Disposition.default)
    video = write_tracks(tmp_path / "a.mkv", ENGLISH, unknown)
    assert found(embedded(video)).name == found(embedded(video, "it")).name == "track 1 (srt)"
    assert found(embedded(video, "en")).name == "track 0 (srt)"


def test_what_is_forced_comes_last_and_an_empty_track_is_passed_over(tmp_path: Path) -> None:
    empty = Track("ass", [(0.0, 1.0, "{\\p1}m 0 0{\\p0}")], "eng", Disposition.default)
    video = write_tracks(tmp_path / "a.mkv", SIGNS, empty, ENGLISH)
    assert found(embedded(video)).name == "track 2 (srt)"


def test_it_is_said_which_languages_were_passed_over(tmp_path: Path) -> None:
    video = write_tracks(tmp_path / "a.mkv", ENGLISH, FRENCH)
    assert find_captions(video, language="es") == (
        None,
        f"{video}: its caption tracks are in eng, fra, and none in es.",
    )


@pytest.mark.parametrize(
    ("name", "codec", "kind"),
    [("a.mkv", "dvd_subtitle", "pictures, which are"), ("a.mp4", "mov_text", "of a kind that is")],
)
def test_it_is_said_that_captions_are_not_text(tmp_path: Path, name: str, codec: str, kind: str) -> None:
    video = write_tracks(tmp_path / name, Track(codec, [(0.5, 1.0, "some bytes")], "eng"))
    video.write_bytes(video.read_bytes().replace(b"tx3g", b"stpp"))  # now it is TTML in MP4, which has no decoder
    assert find_captions(video) == (None, f"{video}: its caption tracks are {kind} not read; export them as text.")


def test_tracks_of_too_many_bytes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "CAPTIONS_BYTES", 10)
    with pytest.raises(InputError, match=r"a\.mkv: its captions have over 10 bytes"):
        embedded(write_tracks(tmp_path / "a.mkv", ENGLISH))


POP_ON = [*codes(RESUME, CLEAR, ROW_14), *letters("We're on"), *codes(SHOW)]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_closed_captions_are_read_out_of_the_pictures(tmp_path: Path, name: str) -> None:
    video = write_closed(tmp_path / name, in_frames((30, POP_ON), (90, codes(ERASE))))
    with av.open(video) as container:
        frame = next(container.decode(video=0))
        assert any(data.type.name == "A53_CC" for data in frame.side_data), "FFmpeg must see them too"
    captions = closed_captions(video)
    assert captions is not None and captions[:3] == ("608", "CC1", None)
    [cue] = captions.cues
    zero = cue.end - 3.0 if name == "a.mkv" else 0.0  # its pictures begin late here
    assert cue.text == "We're on" and abs(zero) < 0.2
    assert cue.start == pytest.approx(40 / 30 + zero, abs=0.02) and cue.end == pytest.approx(3.0 + zero, abs=0.02)


def test_closed_captions_that_roll_up_are_read_once(tmp_path: Path) -> None:
    sent = [(40 * n, [*codes(ROLL_UP, RETURN, ROW_15), *letters(line)]) for n, line in enumerate(LINES)]
    captions = closed_captions(write_closed(tmp_path / "a.mp4", in_frames(*sent, (140, codes(ERASE)))))
    assert captions is not None and [cue.text for cue in captions.cues] == LINES
    assert [cue.start for cue in captions.cues] == [pytest.approx(40 * n / 30 + 2 / 30, abs=0.04) for n in range(3)]


def test_a_file_that_is_named_comes_first(silent: Path) -> None:
    beside(silent, "match.srt", "other.pt-BR.srt")
    named = silent.with_name("other.pt-BR.srt")
    assert find_captions(silent, named) == (
        Found("file", str(named), "pt-BR", (Cue(1.0, 2.0, "other.pt-BR.srt"),)),
        None,
    )
    with pytest.raises(InputError, match=r"none\.srt: cannot be read"):
        find_captions(silent, silent.with_name("none.srt"))


BESIDE = ["match.en.forced.srt", "match.en.hi.srt", "match.de.vtt", "match.de.SRT", "match.eng.srt", "match.srt"]


@pytest.mark.parametrize(
    ("names", "language", "name", "spoken_in"),
    [
        (BESIDE, None, "match.srt", None),
        (BESIDE, "en", "match.eng.srt", "eng"),
        (BESIDE, "ger", "match.de.SRT", "de"),
        (BESIDE, "fr", "match.srt", None),
        (BESIDE[:5], None, "match.de.SRT", "de"),
        (BESIDE[:2], None, "match.en.hi.srt", "en"),
        (BESIDE[:1], None, "match.en.forced.srt", "en"),
        (["match.hi.srt", "match.default.srt"], "hin", "match.hi.srt", "hi"),
    ],
)
def test_of_files_beside_a_video_full_ones_of_the_language_come_first(
    silent: Path, names: list[str], language: str | None, name: str, spoken_in: str | None
) -> None:
    beside(silent, *names)
    for each in silent.parent.glob("*.vtt"):
        each.write_text("WEBVTT\n\n" + SRT.format(each.name).replace(",", "."))
    assert found(find_captions(silent, language=language)) == ("beside", name, spoken_in, (Cue(1.0, 2.0, name),))


def test_files_of_other_videos_and_other_xml_are_not_taken(silent: Path) -> None:
    beside(silent, "match2.srt", "match.final cut.srt", "match.2.srt", "rematch.srt")
    silent.with_suffix(".xml").write_text("<NonRealTimeMeta/>")
    assert find_captions(silent) == (None, None)
    silent.with_suffix(".xml").write_text(TT.format("", '<p begin="1s" end="2s">ours</p>'))
    assert found(find_captions(silent)).cues == (Cue(11.0, 12.0, "ours"),)


def test_files_in_another_language_are_passed_over_and_that_is_said(silent: Path) -> None:
    beside(silent, "match.de.srt")
    assert find_captions(silent, language="en") == (None, f"{silent}: none of the captions beside it are in en.")


def test_a_broken_file_beside_a_video_is_not_passed_over(silent: Path) -> None:
    silent.with_suffix(".stl").write_bytes(header() + block(1, (0, 0, 1, 0), (0, 0, 2, 0), b"cut")[:50])
    with pytest.raises(InputError, match=r"match\.stl: cannot be read"):
        find_captions(silent)


def test_a_file_beside_comes_before_a_track_and_a_track_before_closed_captions(tmp_path: Path) -> None:
    video = write_closed(tmp_path / "match.mp4", in_frames((30, POP_ON)))
    assert found(find_captions(video)).source == "608"
    captioned = write_tracks(tmp_path / "other.mkv", ENGLISH)
    assert found(find_captions(captioned)).source == "embedded"
    beside(captioned, "other.srt")
    assert found(find_captions(captioned)).source == "beside"


def test_sound_alone_has_no_captions(tmp_path: Path) -> None:
    assert find_captions(write_media(tmp_path / "a.wav", 0, seconds=1.0, codecs=("", "pcm_s16le"))) == (None, None)


def test_a_video_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.mp4: cannot be read"):
        find_captions(tmp_path / "none.mp4")


def test_a_line_may_name_a_text_track_by_number_or_language(tmp_path: Path) -> None:
    video = write_tracks(tmp_path / "a.mkv", ENGLISH, GERMAN)
    assert cues(video, track="ger") == cues(video, track=1) != cues(video, track=0)
    assert [cue.text for cue in cues(video, track=0)] == ["Hi you", "R&B"]
    assert cues(video, 100.0, 101.0, track=0) == []
    with pytest.raises(
        InputError, match=r"a\.mkv: has no caption track 'fre'; its caption tracks are 0 \(eng\), 1 \(ger"
    ):
        cues(video, track="fre")
