"""Clips of a dataset folder one after the other in one file, with their captions: a video that is no clip."""

import os
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
import pysubs2
from av import AudioFrame, VideoFrame
from numpy.typing import NDArray

from mmf_mixer.data.clip import Clip
from mmf_mixer.data.folder import read_labels, read_split
from mmf_mixer.errors import InputError
from mmf_mixer.media.captions import Cue, cues
from mmf_mixer.media.decode import mono_audio
from mmf_mixer.media.facts import facts
from mmf_mixer.media.recording import opened
from mmf_mixer.media.tracks import picture_track
from mmf_mixer.synthetic.folder import X264

EPISODE = "episode.mp4"
SOUND_RATE = 16000  # Hz
LOSSLESS = {"video": ("ffv1", None), "audio": ("pcm_f32le", "flt")}
PLAYABLE = {"video": ("libx264", "yuv420p"), "audio": ("aac", "fltp")}


def join_clips(clips: Sequence[Clip], path: Path) -> list[float]:
    """Write the clips into `path`, and their captions beside it as `.srt`.

    A `.mkv` keeps pictures and sound as they are; any other file is one that browsers play.

    Returns:
        The second at which each clip begins, and the end.

    Raises:
        InputError: a clip has no picture, or cannot be read.
    """
    lossless = path.suffix == ".mkv"
    codecs = LOSSLESS if lossless else PLAYABLE
    begins, count = [0.0], 0
    said: list[Cue] = []
    with av.open(str(path), "w") as output:
        rate = _rate(clips[0])
        video: Any = output.add_stream(codecs["video"][0], rate=rate, options={} if lossless else X264)
        video.thread_count = 1  # so that the same clips make the same bytes
        audio: Any = output.add_stream(codecs["audio"][0], rate=SOUND_RATE, layout="mono")
        for clip in clips:
            for frame in _frames(clip):
                if count == 0:
                    video.width, video.height = frame.width, frame.height
                    video.pix_fmt = codecs["video"][1] or frame.format.name
                frame = frame.reformat(video.width, video.height, video.pix_fmt)
                frame.pts, frame.time_base, frame.pict_type = count, 1 / rate, 0
                output.mux(video.encode(frame))
                count += 1
            begin, end = begins[-1], float(count / rate)
            for piece in _sound(clip, round((end - begin) * SOUND_RATE), codecs["audio"][1] or "flt"):
                piece.pts += round(begin * SOUND_RATE)
                output.mux(audio.encode(piece))
            said += shifted(clip_cues(clip, end - begin), begin)
            begins.append(end)
        output.mux(video.encode())
        output.mux(audio.encode())
    path.with_suffix(".srt").write_text(subrip(said), encoding="utf-8")
    return begins


def write_episode(root: Path, count: int) -> None:
    """Join the first test clips of a dataset folder into its `episode.mp4`, unless that is there."""
    if (root / EPISODE).exists():
        return
    with TemporaryDirectory(prefix=".episode-", dir=root) as scratch:
        made = Path(scratch) / EPISODE
        join_clips(read_split(root, "test", read_labels(root))[:count], made)
        for path in (made.with_suffix(".srt"), made):
            os.replace(path, root / path.name)


def _video(clip: Clip) -> Path:
    if clip.video is None:
        raise InputError(f"clip {clip.id!r} has no picture; join clips that have one.")
    return clip.video


def _rate(clip: Clip) -> Fraction:
    return facts(_video(clip)).frame_rate or Fraction(25)


def _frames(clip: Clip) -> Iterator[VideoFrame]:
    path = _video(clip)
    with opened(path) as recording:
        for timed in recording.frames(partial(picture_track, path), clip.start or 0.0):
            if clip.end is not None and timed.time >= clip.end - 1e-6:
                return
            if timed.time >= (clip.start or 0.0) - 1e-6:
                yield timed.frame


def _sound(clip: Clip, length: int, form: str) -> Iterator[Any]:
    """Exactly `length` samples, silent where the clip has no sound."""
    found = mono_audio(clip.audio, SOUND_RATE, clip.start, clip.end) if clip.audio else None
    samples: NDArray[np.float32] = np.zeros(length, np.float32)
    if found is not None:
        samples[: len(found[:length])] = found[:length]
    for place in range(0, length, 1024):
        piece: Any = AudioFrame.from_ndarray(samples[None, place : place + 1024], form, "mono")
        piece.sample_rate, piece.pts, piece.time_base = SOUND_RATE, place, Fraction(1, SOUND_RATE)
        yield piece


def subrip(said: Iterable[Cue]) -> str:
    """SubRip text of these cues."""
    subtitles = pysubs2.SSAFile()
    for cue in said:
        subtitles.append(pysubs2.SSAEvent(round(1000 * cue.start), round(1000 * cue.end), text=cue.text))
    return str(subtitles.to_string("srt"))


def shifted(said: Iterable[Cue], seconds: float) -> list[Cue]:
    """The same cues so much later."""
    return [cue._replace(start=cue.start + seconds, end=cue.end + seconds) for cue in said]


def clip_cues(clip: Clip, length: float) -> list[Cue]:
    """What is said in a clip of this length, in seconds from its start."""
    start = clip.start or 0.0
    found = cues(clip.captions, clip.start, clip.end, clip.captions_track) if clip.captions else []
    inside = (cue._replace(start=max(cue.start - start, 0.0), end=min(cue.end - start, length)) for cue in found)
    return [cue for cue in inside if cue.end > cue.start]
