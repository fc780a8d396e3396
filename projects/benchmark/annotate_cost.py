"""What annotating costs, as ratios measured in one run: `python projects/benchmark/annotate_cost.py`.

ResNet34 with random weights over frames of 224 x 224 and spectrogram, MiniLM over captions; windows of 3 s, one each
second, of a video of 1280 x 720.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from mmf.utils.build import build_model
from timing import one_thread, resident_mb, rounds

from mmf_mixer.annotate.annotator import Annotator
from mmf_mixer.annotate.pictures import Pictures
from mmf_mixer.annotate.video import Video
from mmf_mixer.annotate.windows import Span, regular
from mmf_mixer.data.clip import Clip
from mmf_mixer.data.folder import read_folder
from mmf_mixer.encoders.base import AT_ONCE, encode_once
from mmf_mixer.extraction import run_config
from mmf_mixer.grouped import grouped
from mmf_mixer.interpret.model import TrainedModel
from mmf_mixer.media.captions import find_captions
from mmf_mixer.media.facts import facts
from mmf_mixer.synthetic.activities import synthesize
from mmf_mixer.synthetic.joined import join_clips

OPTIONS = [
    "config=projects/activity_recognition/configs/synthetic.yaml",
    "model=mmf_mixer",
    "dataset=clips",
    "dataset_config.clips.processors.video_processor.params.size=224",
    *(
        f"fusion.modalities.{key}.{name}={value}"
        for key, encoder in (("video", "resnet_frames"), ("audio", "resnet_audio"))
        for name, value in (("embedding_dim", 512), ("encoder.type", encoder), ("encoder.params.weights", "none"))
    ),
]
Encoded = list[tuple[Any, torch.Tensor]]  # an encoder, and a batch for it


LOADED = "import mmf; from mmf_mixer.interpret.model import load_model; load_model({run!r})"
FIRST = "from mmf_mixer.annotate.annotator import Annotator; Annotator.load({run!r}).annotate({video!r})"
TIMED = "import time; {what}; print('seconds', time.process_time())"


def main(minutes: float, long: float, run: Path | None) -> None:
    """Measure speed on a video of so many minutes, memory on one as `long`, and the start with a trained `run`."""
    clock = one_thread("cpu")
    with tempfile.TemporaryDirectory() as scratch:
        synthesize(Path(scratch) / "data", 60)
        video = make_video(Path(scratch), minutes)
        annotator = Annotator(untrained(Path(scratch)))
        spans = regular(facts(video).duration, 3.0, 1.0)
        ready = inputs(annotator.run, video, spans)
        whole, clips, bare = rounds(
            lambda: annotator.annotate(video),
            lambda: as_clips(annotator.run, video, spans),
            lambda: encode(ready),
            repeats=3,
            clock=clock,
        )
        print(f"{minutes:g} minutes, {len(spans)} windows, processor time")
        print(f"windows as clips / annotate: {np.median(clips) / np.median(whole):.2f}")
        print(f"bare encoders / annotate: {np.median(bare) / np.median(whole):.2f}")
        grow(annotator, make_video(Path(scratch), long), long)
        if run:
            start_up(str(run), str(make_video(Path(scratch), 0.05)))


def untrained(folder: Path) -> TrainedModel:
    """A model at full size with random weights, as if a run had left it."""
    config = run_config([*OPTIONS, f"dataset_config.clips.root={folder / 'data'}"])
    config.model_config[config.model].model = config.model
    model = build_model(config.model_config[config.model])
    model.eval().requires_grad_(False)
    return TrainedModel(folder, config, model, read_folder(folder / "data").labels, torch.device("cpu"))


def make_video(folder: Path, minutes: float) -> Path:
    """Sample clips one after the other, as large as films are."""
    clips = read_folder(folder / "data").splits["train"]
    path, small = folder / f"{minutes:g}-minutes.mp4", folder / "small.mp4"
    join_clips(list(islice(cycle(clips), round(minutes * 60 / 2.5))), small)
    small.with_suffix(".srt").replace(path.with_suffix(".srt"))
    with av.open(str(small)) as source, av.open(str(path), "w") as film:
        picture, sound = source.streams.video[0], source.streams.audio[0]
        large = film.add_stream("libx264", rate=picture.average_rate, options={"preset": "veryfast"})
        large.width, large.height, large.pix_fmt = 1280, 720, "yuv420p"
        same = film.add_stream_from_template(sound)
        for packet in source.demux(picture, sound):
            if packet.stream is picture:
                for frame in packet.decode():
                    film.mux(large.encode(frame.reformat(1280, 720)))
            elif packet.dts is not None:
                packet.stream = same
                film.mux(packet)
        film.mux(large.encode())
    return path


def as_clips(run: TrainedModel, video: Path, spans: Sequence[Span]) -> None:
    """What `extract` does with the windows: each is read and encoded by itself."""
    captions = video.with_suffix(".srt")
    clips = (Clip("", video, video, captions, span.start, span.end, ()) for span in spans)
    for some in grouped(clips, AT_ONCE["cpu"]):
        made = {key: [processor(clip)["values"] for clip in some] for key, processor in run.processors.items()}
        encode([(run.model.encoders[key], torch.stack(values)) for key, values in made.items()])


def inputs(run: TrainedModel, video: Path, spans: Sequence[Span]) -> Encoded:
    """What the encoders must see at least: each frame of the grid, each window's sound, and whatever is said, once."""
    source = Video(run, video, facts(video), find_captions(video).found, spans)
    pictures: Any = source.sources["video"]
    assert isinstance(pictures, Pictures)
    frames = []
    pictures.encode = remember(pictures.encode, frames)
    list(pictures.tokens(spans))
    encoders = run.model.encoders
    found: Encoded = [(encoders["video"], frame) for frame in frames]
    captions = video.with_suffix(".srt")
    clips = [Clip("", video, video, captions, span.start, span.end, ()) for span in spans]
    for some in grouped(clips, AT_ONCE["cpu"]):
        found.append((encoders["audio"], torch.stack([run.processors["audio"](clip)["values"] for clip in some])))
    said = {tuple(run.processors["text"](clip)["values"].tolist()) for clip in clips}
    return found + [(encoders["text"], torch.tensor([ids])) for ids in said]


def remember(encode: Any, seen: list[torch.Tensor]) -> Any:
    """The same encoder, which keeps what it is given."""

    class Remembering:
        by_frame, device, at_once = encode.by_frame, encode.device, encode.at_once

        def __call__(self, values: torch.Tensor) -> torch.Tensor:
            seen.append(values)
            tokens: torch.Tensor = encode(values)
            return tokens

    return Remembering()


@torch.inference_mode()
def encode(ready: Encoded) -> None:
    """The encoders alone."""
    for encoder, values in ready:
        encode_once(encoder, values)


def grow(annotator: Annotator, video: Path, minutes: float) -> None:
    """Print by how much resident memory grows over a long video, and when it was highest."""
    before, highest = resident_mb(), []
    start = time.process_time()
    annotator.annotate(video, progress=lambda done, whole: highest.append(resident_mb()))
    half = len(highest) // 2
    print(f"{minutes:g} minutes: {time.process_time() - start:.0f} s of the processor; resident memory grows by")
    print(f"{max(highest[:half]) - before:.0f} MB in the first half, {max(highest) - before:.0f} MB in all")


def start_up(run: str, video: str) -> None:
    """Print what the first window takes from a fresh start, against importing MMF and loading the run."""

    def seconds(what: str) -> float:
        command = [sys.executable, "-c", TIMED.format(what=what)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return float(said.split()[-1])

    each = [(seconds(FIRST.format(run=run, video=video)), seconds(LOADED.format(run=run))) for _ in range(3)]
    print(f"start to first window / MMF and the run: {np.median([first / loaded for first, loaded in each]):.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--long", type=float, default=10.0)
    parser.add_argument("--run", type=Path)
    arguments = parser.parse_args()
    main(arguments.minutes, arguments.long, arguments.run)
