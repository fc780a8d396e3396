"""CEA-608, the closed captions that American broadcasts carry in their pictures.

Each compressed picture of H.264, HEVC and MPEG-2 holds the bytes that line 21 of an analogue one would have (ATSC A/53,
Part 4, section 6.2.3). They are found without decoding the picture, and read as SCC, which is the same bytes in a file.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from mmf_mixer.errors import InputError
from mmf_mixer.limits import BROADCAST_BYTES
from mmf_mixer.media.captions.broadcast import Unsound, line21
from mmf_mixer.media.captions.found import Found
from mmf_mixer.media.captions.spoken import cues_of, spoken
from mmf_mixer.media.container import packets_of
from mmf_mixer.media.recording import Recording, opened
from mmf_mixer.media.tracks import beginning, picture_track, pictures

DATA = re.compile(rb"GA94\x03([\x40-\x5f\xc0-\xdf])\xff")  # and how many times three bytes follow
COUNT, KIND, FIELD_1, LETTER = 0x1F, 0b111, 0b100, 0x7F  # masks of bits, and what they leave of a valid pair of field 1
PROBED = 1000  # pictures: broadcasts send bytes in each, also while nobody speaks
RATE = 30 / 1.001  # of SCC's frames
MOST = BROADCAST_BYTES // 5  # pairs of bytes: SCC writes one in five letters
LAST_SECOND = 99 * 3600  # of SCC's timecode


def closed_captions(path: Path) -> Found | None:
    """The captions of the first channel, CC1; None if there are none. Raises InputError if they cannot be read."""
    with opened(path) as recording:
        sent = sorted(_sent(recording), key=lambda pair: pair[0])
    try:
        shown = line21("\n".join(f"{_timecode(time)}\t{pair}" for time, pair in sent))
    except Unsound as error:
        raise InputError(f"{path}: its closed captions cannot be read ({error}); name a file of captions.") from None
    cues = tuple(cues_of(spoken(shown)))
    return Found("608", "CC1", None, cues) if cues else None


def _sent(recording: Recording) -> Iterator[tuple[float, str]]:
    """Pairs of bytes in hexadecimal, and when their picture is shown, in the order of the file."""
    count = 0
    for place, part in enumerate(recording.parts):
        container = recording.part(place)
        if not pictures(container):
            continue
        stream, any_yet = picture_track(recording.path, container), False
        zero = part.begin - beginning(container, stream)
        for number, packet in enumerate(packets_of(container, stream)):
            blocks = _blocks(bytes(packet))
            any_yet = any_yet or bool(blocks)
            if number > PROBED and not any_yet:
                break
            stamp = packet.dts if packet.pts is None else packet.pts
            if stamp is None:  # as in bare streams
                continue
            time = zero + float(stamp * packet.time_base)
            for pair in (pair for block in blocks for pair in _pairs(block)):
                count += 1
                if count > MOST or time > LAST_SECOND:
                    raise InputError(f"{recording.path}: has more closed captions than a day holds; split it.")
                yield time, pair


def _blocks(packet: bytes) -> list[bytes]:
    """The closed caption data in a packet."""
    return [packet[found.end() :][: 3 * (found[1][0] & COUNT)] for found in DATA.finditer(packet)]


def _pairs(block: bytes) -> Iterator[str]:
    """What is sent in the first field; pauses are left out."""
    for place in range(0, len(block) - 2, 3):
        kind, *pair = block[place : place + 3]
        if kind & KIND == FIELD_1 and any(byte & LETTER for byte in pair):
            yield bytes(pair).hex()


def _timecode(time: float) -> str:
    frames = round(max(time, 0.0) * RATE)
    seconds, frame = divmod(frames, 30)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frame:02d}"
