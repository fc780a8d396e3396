"""Of several tracks the one that players take, or the one that is named."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition

from mmf_mixer.errors import InputError
from mmf_mixer.media.decode import frame_times, frames_at, mono_audio, sounding_tracks
from tests.media.recordings import grey, greys, muxed, pitch, pitches, record


def cover(path: Path) -> Path:
    """A red picture as a file of its own."""
    with av.open(path, "w", format="image2") as output:
        stream: Any = output.add_stream("png")
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb24"
        red = np.zeros((48, 64, 3), np.uint8)
        red[..., 0] = 255
        frame = av.VideoFrame.from_ndarray(red, format="rgb24")
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        output.mux([*stream.encode(frame), *stream.encode()])
    return path


NONE, DEFAULT, COVER = Disposition(0), Disposition.default, Disposition.attached_pic


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return record(tmp_path / "film.mp4")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Six seconds later in the recording."""
    return record(tmp_path / "other.mp4", first=6)


def test_a_cover_is_no_track(tmp_path: Path, film: Path) -> None:
    front = (cover(tmp_path / "cover.png"), "video", COVER, "und")

    path = muxed(tmp_path / "a.mp4", front, (film, "video", NONE, "und"), (film, "audio", DEFAULT, "und"))

    with av.open(path) as container:
        assert sum(bool(stream.disposition & COVER) for stream in container.streams.video) == 1
    assert greys(path, 6) == [grey(second) for second in range(6)]
    assert greys(path, 2, 4.0, 6.0) == greys(path, 2, 4.0, 6.0, track=0) == [grey(4), grey(5)]


def test_a_file_with_a_cover_only_has_no_video(tmp_path: Path, film: Path) -> None:
    front = (cover(tmp_path / "cover.png"), "video", COVER, "und")

    path = muxed(tmp_path / "a.mp4", front, (film, "audio", DEFAULT, "und"))

    for read in (lambda: frames_at(path, 2), lambda: frame_times(path, 2)):
        with pytest.raises(InputError, match=r"a\.mp4: has no picture track"):
            read()
    assert pitches(path) == [pitch(second) for second in range(6)]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_the_default_track_or_the_one_that_is_named(tmp_path: Path, film: Path, other: Path, name: str) -> None:
    path = muxed(
        tmp_path / name,
        *((film, "video", NONE, "deu"), (other, "video", DEFAULT, "eng")),
        *((film, "audio", NONE, "deu"), (other, "audio", DEFAULT, "eng")),
    )

    assert greys(path, 6) == [grey(second) for second in range(6, 12)]
    assert pitches(path, 2, 4) == [pitch(8), pitch(9)]
    for track in (0, "deu", "DEU"):
        assert greys(path, 6, track=track) == [grey(second) for second in range(6)]
        assert pitches(path, 2, 4, track=track) == [pitch(2), pitch(3)]
    assert pitches(path, 2, 4, track=1) == pitches(path, 2, 4, track="eng") == [pitch(8), pitch(9)]


def test_a_track_that_is_not_there_is_named_with_those_that_are(tmp_path: Path, film: Path, other: Path) -> None:
    path = muxed(tmp_path / "a.mkv", (film, "audio", NONE, "deu"), (other, "audio", DEFAULT, "eng"))
    silent = record(tmp_path / "silent.mp4", codecs=("libx264", ""))

    for track, shown in ((2, "2"), ("fra", "'fra'")):
        with pytest.raises(
            InputError,
            match=rf"a\.mkv: has no sound track {shown}; its sound tracks are 0 \(deu\), 1 \(eng\); correct `audio_tr",
        ):
            mono_audio(path, 8000, track=track)
    with pytest.raises(InputError, match=r"silent\.mp4: has no sound track 0; it has none; correct `audio_track`"):
        mono_audio(silent, 8000, track=0)
    with pytest.raises(InputError, match=r"film\.mp4: has no picture track 1; its picture tracks are 0 \(und\);"):
        frames_at(film, 1, track=1)


def test_the_tracks_in_which_something_is_heard(tmp_path: Path, film: Path) -> None:
    silent = record(tmp_path / "silent.mp4", wave=np.zeros_like)
    two = muxed(tmp_path / "a.mp4", (silent, "audio", DEFAULT, "und"), (film, "audio", NONE, "und"))

    assert sounding_tracks(two) == sounding_tracks(two, 2.0, 3.0) == [1]
    assert sounding_tracks(film) == sounding_tracks(silent) == []


def test_of_several_pictures_in_a_stream_each_begins_where_its_packets_do(tmp_path: Path) -> None:
    film = record(tmp_path / "film.ts", codecs=("mpeg2video", "mp2"))
    later = record(tmp_path / "later.ts", codecs=("mpeg2video", "mp2"), first=6, picture_from=50, sound_from=50)

    path = muxed(
        tmp_path / "a.ts",
        *((film, "video", NONE, "und"), (film, "audio", NONE, "deu")),
        *((later, "video", NONE, "und"), (later, "audio", NONE, "eng")),
    )

    assert greys(path, 2, 2.0, 4.0) == greys(path, 2, 2.0, 4.0, track=0) == [grey(2), grey(3)]
    assert greys(path, 2, 52.0, 54.0, track=1) == [grey(8), grey(9)]
    assert greys(path, 6, track=1) == [grey(second) for second in range(6, 12)]
    assert frame_times(path, 1, track=1) == pytest.approx([53.0], abs=0.1)
