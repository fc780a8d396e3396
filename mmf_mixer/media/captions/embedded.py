"""Text tracks inside of a video: SubRip, WebVTT, SubStation and MPEG-4 timed text, as FFmpeg decodes them."""

from functools import lru_cache
from pathlib import Path

import av
from av import Packet
from av.stream import Discard, Disposition
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import AssSubtitle

from mmf_mixer.errors import InputError
from mmf_mixer.limits import CAPTIONS_BYTES, LAST_SECOND
from mmf_mixer.media.captions.found import LANGUAGE, Found, Search, fits
from mmf_mixer.media.captions.shown import Line, Unended, ended
from mmf_mixer.media.captions.spoken import Spoken, cues_of, spoken
from mmf_mixer.media.captions.substation import dialogue
from mmf_mixer.media.container import packets_of
from mmf_mixer.media.recording import Recording, opened
from mmf_mixer.media.tracks import TrackName, beginning, named_track

LINE_21 = "eia_608"  # FFmpeg's name; its decoder gives words when they leave the screen
UNKNOWN = "und"  # of a language
KNOWN = 64  # tracks that are remembered
TEXT_FIELD = 8  # how many commas stand before the text of a line of dialogue


def embedded(path: Path, language: str | None = None) -> Search:
    """The first text track in which something is said, of those in the wanted language, or in one that is not stated.

    Full tracks come before those of foreign words alone, then those that state a wanted language, then the default.
    Raises InputError if the video cannot be read, or its captions are too large or have times that make no sense.
    """
    with opened(path) as recording:
        tracks = list(recording.part(0).streams.subtitles)
        texts = [track for track in tracks if _is_text(track)]
        fitting = [track for track in texts if fits(_language(track), language)]
        if not fitting:
            return Search(None, _passed_over(path, tracks, texts, language))
        fitting.sort(key=lambda track: _rank(track, language))
        named = {tracks.index(track): (track.codec_context.name, _language(track)) for track in fitting}
        shown = _shown(recording, list(named))
    for number, (kind, spoken_in) in named.items():
        if cues := tuple(cues_of(spoken(ended(shown[number])))):
            return Search(Found("embedded", f"track {number} ({kind})", spoken_in, cues))
    return Search(None, f"{path}: nothing is said in its caption tracks.")


def track_said(path: Path, name: TrackName) -> list[Spoken]:
    """All that is said in the caption track of that number, from 0 among those of captions, or language; it is read
    once. Raises InputError if there is no such track, or its captions are pictures, and as `embedded` does."""
    try:
        status = path.stat()
    except OSError:  # reading it says why
        return _said(path, name, 0, 0)
    return _said(path, name, status.st_size, status.st_mtime_ns)


@lru_cache(KNOWN)
def _said(path: Path, name: TrackName, size: int, changed: int) -> list[Spoken]:
    with opened(path) as recording:
        tracks = list(recording.part(0).streams.subtitles)
        track = named_track(path, tracks, name, "caption", "captions_track")
        if not _is_text(track):
            raise InputError(f"{path}: its caption track {name!r} is of a kind that is not read; export it as text.")
        number = tracks.index(track)
        return spoken(ended(_shown(recording, [number])[number]))


def _is_text(track: SubtitleStream) -> bool:
    context = track.codec_context  # None where FFmpeg has no decoder
    return bool(context) and context.codec.text_sub and context.codec.canonical_name != LINE_21


def _language(track: SubtitleStream) -> str | None:
    stated = track.language or UNKNOWN
    return stated if stated != UNKNOWN and LANGUAGE.fullmatch(stated) else None


def _rank(track: SubtitleStream, language: str | None) -> tuple[bool, bool, bool]:
    marks, other = track.disposition, language is not None and _language(track) is None
    return bool(marks & Disposition.forced), other, not marks & Disposition.default


def _passed_over(
    path: Path, tracks: list[SubtitleStream], texts: list[SubtitleStream], language: str | None
) -> str | None:
    if texts:
        known = ", ".join(sorted({_language(track) or "" for track in texts}))
        return f"{path}: its caption tracks are in {known}, and none in {language}."
    if not tracks:
        return None
    pictures = any(track.codec_context and track.codec_context.codec.bitmap_sub for track in tracks)
    kind = "pictures, which are" if pictures else "of a kind that is"
    return f"{path}: its caption tracks are {kind} not read; export them as text."


def _shown(recording: Recording, numbers: list[int]) -> dict[int, list[Unended]]:
    """The cues of subtitle tracks, in the order of the file."""
    found: dict[int, list[Unended]] = {number: [] for number in numbers}
    size = 0
    for place, part in enumerate(recording.parts):
        container = recording.part(place)
        tracks = {track: number for number, track in enumerate(container.streams.subtitles) if number in found}
        zero = part.begin - beginning(container)
        for stream in container.streams:
            stream.discard = Discard.default if stream in tracks else Discard.all  # what is not wanted is not read
        for packet in packets_of(container, *tracks) if tracks else ():
            size += packet.size
            if size > CAPTIONS_BYTES:
                raise InputError(
                    f"{recording.path}: its captions have over {CAPTIONS_BYTES:,} bytes; name a file of captions."
                )
            lines = _lines(packet)
            if lines and packet.pts is not None:
                start = zero + float(packet.pts * packet.time_base)
                end = start + float(packet.duration * packet.time_base) if packet.duration else None
                found[tracks[packet.stream]].append((start, end, lines))
    if any(abs(start) > LAST_SECOND for cues in found.values() for start, _, _ in cues):
        raise InputError(f"{recording.path}: some of its captions are months away; name a file of captions.")
    return found


def _lines(packet: "Packet[SubtitleStream]") -> tuple[Line, ...]:
    """What a packet says; nothing if it is damaged, as players do."""
    try:
        texts = [
            subtitle.ass.decode(errors="replace") for subtitle in packet.decode() if isinstance(subtitle, AssSubtitle)
        ]
    except av.FFmpegError:
        return ()
    return tuple(line for text in texts for line in dialogue(text.split(",", TEXT_FIELD)[-1]))
