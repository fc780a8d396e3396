"""Headers that claim more than the file holds: without the check, each would take gigabytes."""

from pathlib import Path
from struct import pack, pack_into, unpack_from

import av
import pytest

from mmf_mixer.errors import InputError
from mmf_mixer.media import boxes
from mmf_mixer.media.boxes import check_boxes
from mmf_mixer.media.decode import frames_at, mono_audio
from tests.media.make import levels, write_media


def box(name: bytes, body: bytes) -> bytes:
    return pack(">I4s", 8 + len(body), name) + body


def checked(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with path.open("rb") as file:
        check_boxes(path, file)


def test_a_claim_of_many_pieces_of_one_size_is_refused(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4")
    content = bytearray(path.read_bytes())
    for name, offset, values in ((b"stsz", 8, (1, 85_000_000)), (b"stsc", 16, (85_000_000,))):
        pack_into(f">{len(values)}I", content, content.index(name) + offset, *values)
    path.write_bytes(content)

    with pytest.raises(InputError, match=r"a\.mp4: cannot be decoded \(its index claims more than the file holds\)"):
        frames_at(path, 2)


FTYP = box(b"ftyp", b"isom\0\0\2\0")


HDLR = box(b"hdlr", bytes(16))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (FTYP + box(b"moov", box(b"trak", box(b"stsz", pack(">III", 0, 8, 100)))), "claims more"),
        (FTYP + box(b"moof", box(b"traf", box(b"trun", pack(">III", 1, 10**6, 0)))), "claims more"),
        (
            FTYP + box(b"moov", box(b"elst", pack(">III", 0, 9000, 0)) + box(b"stsz", pack(">III", 0, 0, 9000))),
            "claims",
        ),
        (FTYP + box(b"moov", box(b"cmov", bytes(16))), "its index is compressed"),
        (FTYP + pack(">I4sQ", 1, b"moov", 60) + box(b"stsz", pack(">III", 0, 8, 100)) + bytes(24), "claims more"),
        (FTYP + box(b"moov", box(b"trak", box(b"udta", box(b"stsz", pack(">III", 0, 8, 100))))), "claims more"),
        (FTYP + box(b"moov", box(b"meta", bytes(4) + HDLR + box(b"stsz", pack(">III", 0, 8, 100)))), "claims more"),
        (FTYP + box(b"moov", box(b"meta", HDLR + box(b"stsz", pack(">III", 0, 8, 100)))), "claims more"),
        *(
            (FTYP + box(b"stsd", bytes(8) + box(b"mp4v", bytes(skipped) + box(b"stsz", pack(">III", 0, 8, 100)))), "")
            for skipped in (8, 28, 44, 64, 78)
        ),
        (FTYP + box(b"stsd", bytes(8) + box(b"mp4a", bytes(28) + box(b"wave", box(b"cmov", b"")))), "is compressed"),
        (box(b"free", box(b"stsz", pack(">III", 0, 8, 100)) + bytes(16)), "claims more"),
    ],
)
def test_claims_are_found_wherever_the_index_is(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        checked(tmp_path / "a.mp4", content + bytes(16))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x1aE\xdf\xa3\x9fB\x86\x81stsz" + b"\xff" * 40,
        FTYP + box(b"mdat", b"stsz" + b"\xff" * 40),
        FTYP + box(b"moov", box(b"stsz", pack(">III", 0, 1, 20)) + bytes(16)),
        FTYP + box(b"moov", box(b"elst", pack(">III", 0, 2, 0)) + box(b"stsz", pack(">III", 0, 0, 2**30))),
    ],
)
def test_media_and_other_formats_pass(tmp_path: Path, content: bytes) -> None:
    checked(tmp_path / "a.mp4", content)


def test_the_walk_through_boxes_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "BOXES", 100)
    checked(tmp_path / "a.mp4", FTYP + box(b"moov", box(b"skip", b"") * 90))
    with pytest.raises(InputError, match="its index has too many parts"):
        checked(tmp_path / "a.mp4", FTYP + box(b"moov", box(b"skip", b"") * 120))
    nested = b""
    for _ in range(40):  # deeper than FFmpeg follows
        nested = box(b"moov", nested)
    checked(tmp_path / "a.mp4", FTYP + nested)


@pytest.mark.parametrize("word", ["Apfelstrudel elst", "snelste trun", "stsz" + "\u5f71\u7247" * 9, "cmov"])
@pytest.mark.parametrize("where", ["title", "comment", "artist", "description"])
def test_names_of_boxes_in_what_people_write_are_words(tmp_path: Path, word: str, where: str) -> None:
    path = write_media(tmp_path / "a.mp4", seconds=0.5)
    with av.open(path) as source, av.open(tmp_path / "b.mp4", "w", options={"movflags": "use_metadata_tags"}) as copy:
        copy.metadata[where] = word
        for stream in source.streams:
            copy.add_stream_from_template(stream).metadata["title"] = word
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = copy.streams[packet.stream.index]
                copy.mux(packet)
    content = (tmp_path / "b.mp4").read_bytes()
    assert word.encode() in content
    assert levels(frames_at(tmp_path / "b.mp4", 2)) == levels(frames_at(path, 2))


def test_uncompressed_sound_claims_no_more_than_it_has(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mov", seconds=2.0, codecs=("mpeg4", "pcm_s16le"))
    content = path.read_bytes()
    size, count = unpack_from(">II", content, content.rindex(b"stsz") + 8)

    assert size > 0 and count > 1000
    assert levels(frames_at(path, 2)) == [40, 140] and len(mono_audio(path, 16000)) == 32000
