"""Videos that hold captions: tracks of text or pictures, and CEA-608 in compressed pictures."""

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
from av.stream import Disposition

from tests.media.captions.broadcast import Pair
from tests.media.make import write_media

SECOND = 1000
STYLES = b"[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: Layer, Start, End, Style, Text\n"


class Track(NamedTuple):
    """`cues` are start and end, in seconds, and text."""

    codec: str
    cues: list[tuple[float, float, str]]
    language: str = "und"
    marks: Disposition = Disposition(0)


def write_tracks(path: Path, *tracks: Track, start: float = 0.0) -> Path:
    """Three seconds of pictures, from time stamp `start` on, and the tracks."""
    source = write_media(path.with_name(f"source{path.suffix}"), 30)
    with av.open(source) as pictures, av.open(path, "w") as output:
        video = output.add_stream_from_template(pictures.streams.video[0])
        packets = [packet for packet in pictures.demux(video=0) if packet.dts is not None]
        for packet in packets:
            packet.stream = video
            packet.pts += round(start / packet.time_base)
            packet.dts += round(start / packet.time_base)
        for track in tracks:
            packets += _packets(output.add_stream(track.codec), track, start)
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            output.mux(packet)
    source.unlink()
    return path


def _packets(stream: av.stream.Stream, track: Track, start: float) -> list[av.Packet]:
    stream.codec_context.subtitle_header = STYLES
    stream.codec_context.time_base = stream.time_base = Fraction(1, SECOND)
    stream.metadata["language"] = track.language
    stream.disposition = track.marks
    packets = []
    for number, (begin, end, text) in enumerate(track.cues):
        content = text.encode()
        if track.codec == "mov_text":
            content = len(content).to_bytes(2, "big") + content
        if track.codec == "ass":
            content = f"{number},0,Default,,0,0,0,,{text}".encode()
        packet = av.Packet(content)
        packet.pts = packet.dts = round((start + begin) * SECOND)
        packet.duration, packet.time_base, packet.stream = round((end - begin) * SECOND), Fraction(1, SECOND), stream
        packets.append(packet)
    return packets


def in_frames(*sent: tuple[int, list[Pair]]) -> dict[int, list[Pair]]:
    """A pair in each frame from the named ones on."""
    return {first + number: [pair] for first, pairs in sent for number, pair in enumerate(pairs)}


def write_closed(path: Path, sent: dict[int, list[Pair]], frames: int = 150) -> Path:
    """Pictures, thirty a second in the order of display, that carry pairs of bytes; the others carry a pause.

    They are MPEG-2 in a transport stream, else H.264.
    """
    mpeg_2 = path.suffix == ".ts"
    kind = ".mkv" if mpeg_2 else path.suffix
    codec = "mpeg2video" if mpeg_2 else "libx264"
    source = write_media(path.with_name(f"source{kind}"), frames, fps=30, codecs=(codec, ""))
    with av.open(source) as pictures, av.open(path, "w") as output:
        video = output.add_stream_from_template(pictures.streams.video[0])
        for packet in pictures.demux(video=0):
            if packet.dts is not None:
                number = round(packet.pts * packet.time_base * 30)
                data = _user_data(sent.get(number, [(0x80, 0x80)]))
                content = (_in_mpeg_2 if mpeg_2 else _in_h264)(bytes(packet), data)
                whole = av.Packet(content)
                whole.pts, whole.dts, whole.duration = packet.pts, packet.dts, packet.duration
                whole.time_base, whole.is_keyframe, whole.stream = packet.time_base, packet.is_keyframe, video
                output.mux(whole)
    source.unlink()
    return path


def _user_data(pairs: list[Pair]) -> bytes:
    triplets = b"".join(bytes([0xFC, *pair]) + b"\xfd\x80\x80" for pair in pairs)
    return b"GA94\x03" + bytes([0x40 | 2 * len(pairs)]) + b"\xff" + triplets + b"\xff"


def _in_h264(picture: bytes, data: bytes) -> bytes:
    """Before it, in a unit of supplemental enhancement information."""
    message = b"\xb5\x00\x31" + data
    unit = b"\x06\x04" + bytes([len(message)]) + message + b"\x80"
    return len(unit).to_bytes(4, "big") + unit + picture


def _in_mpeg_2(picture: bytes, data: bytes) -> bytes:
    """Before its first slice."""
    headers, slice_code, slices = picture.partition(b"\x00\x00\x01\x01")
    return headers + b"\x00\x00\x01\xb2" + data + slice_code + slices
