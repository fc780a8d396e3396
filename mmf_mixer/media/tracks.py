"""Which tracks of a file are taken.

Those that a clip's line names, by number or language; else the one that is marked as default; else the best, as
FFmpeg chooses it. A cover picture is no track.
"""

from pathlib import Path
from typing import TypeVar, cast

from av import AudioStream, VideoStream
from av.container import InputContainer
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream

from mmf_mixer.errors import InputError
from mmf_mixer.limits import FRAME_PIXELS
from mmf_mixer.media.programmes import first_stamps, has_several

TrackName = int | str  # its number, from 0, among the tracks of its kind, or its language as the file writes it
Stream = TypeVar("Stream", VideoStream, AudioStream, SubtitleStream)


def pictures(container: InputContainer) -> list[VideoStream]:
    """The picture tracks, without covers and thumbnails."""
    return [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]


def picture_track(path: Path, container: InputContainer, name: TrackName | None = None) -> VideoStream:
    """The picture track of that name. Raises InputError if there is none, or its pictures are too large."""
    tracks = pictures(container)
    if not tracks:
        raise InputError(f"{path}: has no picture track; replace it, or name it as `audio` only.")
    stream = (
        _best_picture(container, tracks) if name is None else named_track(path, tracks, name, "picture", "video_track")
    )
    if stream.codec_context and stream.width * stream.height > FRAME_PIXELS:
        raise InputError(
            f"{path}: its pictures have {stream.width} x {stream.height} pixels, and can have {FRAME_PIXELS:,}; scale "
            "them down."
        )
    return stream


def sound_track(path: Path, container: InputContainer, name: TrackName | None = None) -> AudioStream | None:
    """The sound track of that name; None if the file has no sound. Raises InputError if it has others only."""
    tracks = list(container.streams.audio)
    if name is not None:
        return named_track(path, tracks, name, "sound", "audio_track")
    shown = pictures(container)
    best = container.streams.best("audio", related=_best_picture(container, shown) if shown else None)
    return cast(AudioStream, best) if best else next(iter(tracks), None)


def beginning(container: InputContainer, stream: VideoStream | AudioStream | None = None) -> float:
    """The time stamp of the file's time 0, in seconds: that of the first picture or sound, whichever is earlier.

    Of a transport stream with several programmes, only that of `stream` (else the best) counts.
    """
    tracks: list[VideoStream | AudioStream] = [*(shown := pictures(container)), *container.streams.audio]
    if shown and has_several(container):
        stream = stream or _best_picture(container, shown)
        other = container.streams.best("audio" if isinstance(stream, VideoStream) else "video", related=stream)
        stamps = first_stamps(Path(container.name))
        return min(stamps.get(track.index, stamps.get(stream.index, 0.0)) for track in (stream, other or stream))
    return min((start for track in tracks if (start := stated_start(track)) is not None), default=0.0)


def stated_start(track: VideoStream | AudioStream) -> float | None:
    """The time stamp of the track's first frame, in seconds; None if it has none, as in bare streams."""
    if track.start_time is None or not track.time_base:
        return None
    return float(track.start_time * track.time_base)


def _best_picture(container: InputContainer, tracks: list[VideoStream]) -> VideoStream:
    best = container.streams.best("video")
    if best in tracks:
        return best
    return max(tracks, key=lambda track: (bool(track.disposition & Disposition.default), track.width * track.height))


def named_track(path: Path, tracks: list[Stream], name: TrackName, kind: str, field: str) -> Stream:
    """The track of that number or language; of several the default one. Raises InputError if there is none."""
    if isinstance(name, int):
        chosen = tracks[name : name + 1]
    else:
        chosen = [track for track in tracks if (track.language or "").lower() == name.lower()]
    if chosen:
        return max(chosen, key=lambda track: bool(track.disposition & Disposition.default))
    known = ", ".join(f"{number} ({track.language or 'no language'})" for number, track in enumerate(tracks))
    those = f"its {kind} tracks are {known}" if known else "it has none"
    raise InputError(f"{path}: has no {kind} track {name!r}; {those}; correct `{field}`.")
