"""Matroska and Ogg files that follow one another in a file."""

from pathlib import Path

import av
import pytest

from mmf_mixer.media.chains import chains
from tests.media.recordings import grey, greys, joined, pitch, pitches, record


def live(path: Path, source: Path) -> Path:
    """The same packets, as recorders write them that do not know how long it will be."""
    with av.open(source) as film, av.open(path, "w", options={"live": "1"}) as output:
        streams = {stream.index: output.add_stream_from_template(stream) for stream in film.streams}
        for packet in film.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                output.mux(packet)
    return path


@pytest.mark.parametrize("name", ["mkv", "webm", "live"])
def test_chained_matroska(tmp_path: Path, name: str) -> None:
    suffix = "webm" if name == "live" else name
    parts = [record(tmp_path / f"{first}.{suffix}", first=first) for first in (0, 6)]
    if name == "live":
        parts = [live(tmp_path / f"live{part.name}", part) for part in parts]

    path = joined(tmp_path / f"joined.{suffix}", *parts)

    with path.open("rb") as file:
        assert chains(file) == [parts[0].stat().st_size]
    assert greys(path, 12) == [grey(second) for second in range(12)]
    assert pitches(path)[:12] == [pitch(second) for second in range(12)]
    assert greys(path, 2, 8, 10) == [grey(8), grey(9)] and pitches(path, 8, 10) == [pitch(8), pitch(9)]


def test_chained_ogg(tmp_path: Path) -> None:
    parts = [record(tmp_path / f"{first}.ogg", first=first, codecs=("", "libopus")) for first in (0, 6)]

    path = joined(tmp_path / "joined.ogg", *parts)

    assert pitches(path)[:12] == [pitch(second) for second in range(12)]
    assert pitches(path, 8, 10) == [pitch(8), pitch(9)]


def test_one_file_is_no_chain(tmp_path: Path) -> None:
    source = record(tmp_path / "a.webm")
    for path in (source, live(tmp_path / "live.webm", source), record(tmp_path / "a.ogg", codecs=("", "libopus"))):
        with path.open("rb") as file:
            assert chains(file) == []
