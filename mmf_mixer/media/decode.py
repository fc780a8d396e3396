"""Frames and sound of a media file in a window of time, decoded by PyAV in bounded memory and time.

Only the window is decoded, from the key frame before it. All times are seconds from the beginning of the file.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path

import av
import numpy as np
from av import VideoFrame
from av.video.reformatter import ColorTrc

from mmf_mixer.errors import InputError
from mmf_mixer.media.container import Timed, bounded, picture_rate, seconds
from mmf_mixer.media.extent import Extent, begin_of, extent
from mmf_mixer.media.moments import Rate, Track, moments
from mmf_mixer.media.picture import Box, Look, Pixels
from mmf_mixer.media.recording import KNOWN, Recording, opened
from mmf_mixer.media.seek import SEEK_OVER
from mmf_mixer.media.sound import Samples, are_sound, laid_out, within_limits
from mmf_mixer.media.tracks import TrackName, picture_track, sound_track

PRE_ROLL = 0.5  # seconds of sound that a decoder may need before its output is right
ROUNDING = 1e-6  # seconds
PREVIEW = 8000  # Hz
HIGH_DYNAMIC_RANGE = {int(ColorTrc.SMPTE2084): "PQ", int(ColorTrc.ARIB_STD_B67): "HLG"}
FAINT = 1e-3  # of full scale: 60 dB below it, under the noise of any room


def frames_at(
    path: Path,
    count: int,
    start: float | None = None,
    end: float | None = None,
    size: tuple[int, int] | None = None,
    crop: Box | None = None,
    rate: Rate | None = None,
    grey: bool = False,
    track: TrackName | None = None,
) -> Pixels:
    """`count` RGB frames, count x H x W x 3, or with `grey` count x H x W x 1: those on screen at `frame_times`.

    `start` and `end` are seconds; None = the picture's own beginning or end. Before the first and after the last
    frame, the nearest one is taken. `crop` is (top, left, bottom, right) in fractions of the upright picture, cut
    before it is resized to `size` = (H, W); without `size` the first frame's size is kept. `track` names another
    picture track than players show (see `tracks`).
    Raises InputError if there is no such picture track or nothing of it can be decoded.
    """
    with opened(path) as recording:
        times = _times(recording, count, start, end, rate, track)
        pick = partial(picture_track, path, name=track)

        def frames_from(time: float) -> Iterator[Timed]:
            return bounded(str(path), recording.frames(pick, time))

        return np.stack(list(_pictures(_on_screen(frames_from, times), Look(size, crop, grey))))


def frames_along(
    path: Path,
    times: Iterable[float],
    look: Look,
    track: TrackName | None = None,
    watch: Callable[[Timed], None] | None = None,
) -> Iterator[Pixels]:
    """The frame on screen at each of the ascending `times`, as `frames_at` gives them, in one pass over the file.

    `look.size` must be given, or becomes that of the first frame. `watch` sees every frame that is decoded, in order.
    Raises InputError as `frames_at` does.
    """
    with opened(path) as recording:
        pick = partial(picture_track, path, name=track)

        def frames_from(time: float) -> Iterator[Timed]:
            for timed in recording.frames(pick, time):
                if watch is not None:
                    watch(timed)
                yield timed

        yield from _pictures(_on_screen(frames_from, times), look)


def frame_times(
    path: Path,
    count: int,
    start: float | None = None,
    end: float | None = None,
    rate: Rate | None = None,
    track: TrackName | None = None,
) -> list[float]:
    """The seconds at which `frames_at` looks: the middles of `count` equal parts of the window, or with a `rate`
    consecutive moments about its middle (see `moments.consecutive`). Raises InputError as `frames_at` does."""
    with opened(path) as recording:
        return _times(recording, count, start, end, rate, track)


@lru_cache(maxsize=KNOWN)
def dynamic_range(path: Path, track: TrackName | None = None) -> str | None:
    """ "HLG" or "PQ" if a picture track is for screens of high dynamic range, else None. Its pictures are read as if it
    were not, hence pale. Raises InputError as `frames_at` does."""
    with opened(path) as recording:
        context = picture_track(path, recording.part(0), name=track).codec_context
        return HIGH_DYNAMIC_RANGE.get(int(context.color_trc or 0)) if context else None


def mono_audio(
    path: Path, rate: int, start: float | None = None, end: float | None = None, track: TrackName | None = None
) -> Samples | None:
    """The mean of all channels at `rate` Hz in the window; None if the file has no sound track.

    `start` and `end` are seconds; None = the file's beginning, the sound's end. Sound stands where its time stamps
    say: silence where nothing was sent, before its beginning too; the result is shorter than the window, or empty,
    where the track ends early. `track` names another sound track than players play (see `tracks`).
    Raises InputError if there is no track of that name, or nothing of it can be decoded.
    """
    start, end = start or 0.0, math.inf if end is None else end
    with opened(path) as recording:
        pick = partial(sound_track, path, name=track)
        if pick(recording.part(0)) is None:
            return None
        frames = bounded(str(path), recording.frames(pick, start - PRE_ROLL))
        wanted = (timed for timed in frames if timed.time + seconds(timed.frame) > start - PRE_ROLL)
        samples = laid_out(within_limits(str(path), start, end, wanted), rate, start, end)
    if not are_sound(samples):
        raise InputError(f"{path}: its sound holds values that are not numbers, or far too loud; encode it again.")
    return samples


def sounding_tracks(path: Path, start: float | None = None, end: float | None = None) -> list[int]:
    """The numbers of the sound tracks in which something is heard in the window. Raises InputError as `mono_audio`."""
    with opened(path) as recording:
        count = len(recording.part(0).streams.audio)
    tracks = ((number, mono_audio(path, PREVIEW, start, end, number)) for number in range(count if count > 1 else 0))
    return [number for number, samples in tracks if samples is not None and np.abs(samples).max(initial=0) > FAINT]


def _times(
    recording: Recording,
    count: int,
    start: float | None,
    end: float | None,
    rate: Rate | None,
    track: TrackName | None,
) -> list[float]:
    stream = picture_track(recording.path, container := recording.part(0), track)
    first = begin_of(container, stream)
    whole = extent(recording, track) if end is None else Extent(first, end)
    start, end = (min(whole.begin, whole.end) if start is None else start), whole.end
    return moments(count, start, end, rate, Track(first, picture_rate(stream)))


def _pictures(frames: Iterable[VideoFrame], look: Look) -> Iterator[Pixels]:
    """The frames as they shall look; all have the size of the first."""
    previous = picture = None
    for frame in frames:
        if picture is None or frame is not previous:
            picture = look.picture(frame)
            look.size, previous = picture.shape[:2], frame
        yield picture


def _on_screen(frames_from: Callable[[float], Iterator[Timed]], times: Iterable[float]) -> Iterator[VideoFrame]:
    """For each of the ascending `times`, the last frame that began by then, or else the first frame."""
    shown = ahead = None
    frames: Iterator[Timed] = iter(())
    for time in times:
        if shown is None:
            frames = frames_from(time)
            if (shown := next(frames, None)) is None:
                raise av.InvalidDataError(0, "its picture track is empty")
            ahead = next(frames, None)
        if ahead is not None and time - ahead.time > SEEK_OVER:
            frames = frames_from(time)
            ahead = next(frames, None)
        while ahead is not None and ahead.time <= time + ROUNDING:
            shown, ahead = ahead, next(frames, None)
        yield shown.frame
