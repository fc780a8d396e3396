"""What a window of a long file costs in each container, as ratios to mp4 in one run:
`python projects/benchmark/window_cost.py`.

The same pictures and sound in every file; windows of three seconds, eight frames and the sound, at the same random
places. The median over the windows counts, for all of the file and for its last fifth alone.
"""

import argparse
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import av
import numpy as np

from mmf_mixer.media.decode import frames_at, mono_audio

KINDS = {  # codecs of picture and sound
    "mp4": ("libx264", "aac"),
    "mkv": ("libx264", "aac"),
    "ts": ("libx264", "aac"),
    "mpg": ("mpeg2video", "mp2"),
    "avi": ("libx264", "libmp3lame"),
    "flv": ("libx264", "aac"),
}
SIZE, RATE, SOUND = (144, 256), 25, 48_000  # H x W, frames per second, Hz
WINDOW, FRAMES = 3.0, 8
AUDIO_RATE = 16_000


def main(minutes: float, windows: int) -> None:
    """Measure `windows` windows of files of so many minutes."""
    generator = np.random.default_rng(0)
    length = 60 * minutes
    starts = generator.uniform(0, length - WINDOW, windows).tolist()
    late = generator.uniform(0.8 * length, length - WINDOW, windows).tolist()
    with tempfile.TemporaryDirectory() as scratch:
        paths = {kind: write(Path(scratch) / f"long.{kind}", int(length)) for kind in KINDS}
        costs = [medians(paths, places) for places in (starts, late)]
    print("| container | a random window / of mp4 | one in the last fifth / of mp4 |")
    print("| --- | ---: | ---: |")
    for kind in KINDS:
        print(f"| {kind} | {costs[0][kind] / costs[0]['mp4']:.2f} | {costs[1][kind] / costs[1]['mp4']:.2f} |")


def medians(paths: dict[str, Path], starts: list[float]) -> dict[str, float]:
    """Seconds for a window of each file, taken in turn, so that other work on the machine meets all alike."""
    costs = [{kind: seconds(path, start) for kind, path in paths.items()} for start in starts]
    return {kind: median(cost[kind] for cost in costs) for kind in paths}


def seconds(path: Path, start: float) -> float:
    """How long reading the window takes."""
    begin = time.perf_counter()
    frames_at(path, FRAMES, start, start + WINDOW, (112, 112))
    mono_audio(path, AUDIO_RATE, start, start + WINDOW)
    return time.perf_counter() - begin


def write(path: Path, length: int) -> Path:
    """So many seconds of drifting shapes and noise, a key frame each two seconds."""
    generator = np.random.default_rng(1)
    canvas = generator.integers(0, 255, (SIZE[0] // 8, SIZE[1] // 8, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    noise = (0.1 * generator.standard_normal(SOUND)).astype(np.float32)[None]
    picture_codec, sound_codec = KINDS[path.suffix[1:]]
    with av.open(path, "w") as output:
        video: Any = output.add_stream(picture_codec, rate=RATE)
        video.height, video.width, video.pix_fmt, video.gop_size = *SIZE, "yuv420p", 2 * RATE
        if picture_codec == "libx264":
            video.options = {"preset": "ultrafast"}
        audio: Any = output.add_stream(sound_codec, rate=SOUND, layout="mono")
        resampler = av.AudioResampler(audio.format, "mono", SOUND, audio.frame_size)
        for second in range(length):
            for number in range(second * RATE, (second + 1) * RATE):
                frame = av.VideoFrame.from_ndarray(np.roll(canvas, number, 1), format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, RATE)
                output.mux(video.encode(frame))
            sound = av.AudioFrame.from_ndarray(noise, format="flt", layout="mono")
            sound.sample_rate, sound.time_base, sound.pts = SOUND, Fraction(1, SOUND), second * SOUND
            for piece in resampler.resample(sound):
                output.mux(audio.encode(piece))
        output.mux([*video.encode(), *audio.encode()])
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--windows", type=int, default=60)
    arguments = parser.parse_args()
    main(arguments.minutes, arguments.windows)
