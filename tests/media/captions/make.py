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
    """Pictures, thirty a second in the order of display, that carry pairs of bytes; the others carry a pause."""
    source = write_media(path.with_name(f"source{path.suffix}"), frames, fps=30, codecs=("libx264", ""))
    with av.open(source) as pictures, av.open(path, "w") as output:
        video = output.add_stream_from_template(pictures.streams.video[0])
        for packet in pictures.demux(video=0):
            if packet.dts is not None:
                number = round(packet.pts * packet.time_base * 30)
                output.mux(_with_user_data(packet, sent.get(number, [(0x80, 0x80)]), video))
    source.unlink()
    return path


def _with_user_data(packet: av.Packet, pairs: list[Pair], stream: av.stream.Stream) -> av.Packet:
    triplets = b"".join(bytes([0xFC, *pair]) + b"\xfd\x80\x80" for pair in pairs)
    message = b"\xb5\x00\x31GA94\x03" + bytes([0x40 | 2 * len(pairs)]) + b"\xff" + triplets + b"\xff"
    unit = b"\x06\x04" + bytes([len(message)]) + message + b"\x80"  # supplemental enhancement information
    whole = av.Packet(len(unit).to_bytes(4, "big") + unit + bytes(packet))
    whole.pts, whole.dts, whole.duration, whole.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    whole.is_keyframe, whole.stream = packet.is_keyframe, stream
    return whole
