"""What the synthetic data sets share: a folder that appears only when it is complete, and how its files are written."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeVar

import av
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from mmf_mixer.data.clip import SPLITS, Labels
from mmf_mixer.data.folder import EVIDENCE
from mmf_mixer.data.writing import write_labels, write_lines
from mmf_mixer.files import new_folder
from mmf_mixer.synthetic import picture as synthetic_picture
from mmf_mixer.synthetic import sound as synthetic_sound

# With AVX-512 x264's lookahead makes other bytes of the same frames each time; its older code all makes the same.
X264 = {"crf": "23", "preset": "veryfast", "x264-params": "asm=sse4.2"}
Line = Mapping[str, object]


class ClipPlan(Protocol):
    """What a clip is to show; `evidence` goes to `evidence.jsonl` as it is."""

    @property
    def id(self) -> str: ...

    @property
    def split(self) -> str: ...

    @property
    def evidence(self) -> object: ...


P = TypeVar("P", bound=ClipPlan)


def make_folder(root: Path, recipe: Line, fill: Callable[[Path], None]) -> None:
    """Let `fill` write into a new folder and move it to `root`; do nothing where the same recipe is already.

    Raises:
        InputError: `root` holds something else or cannot be made.
    """
    text = json.dumps({"made by": "mmf_mixer synthesize", "version": 1, **recipe})
    if (root / "recipe.json").is_file() and (root / "recipe.json").read_text() == text:
        return
    with new_folder(root) as building:
        fill(building)
        (building / "recipe.json").write_text(text)


def write_folder(root: Path, labels: Labels, plans: Sequence[P], write_clip: Callable[[P], Line]) -> None:
    """Write labels, media, splits and evidence; `write_clip` writes a clip's media and returns its split's line."""
    (root / "clips").mkdir()
    write_labels(root, labels)
    with ThreadPoolExecutor() as pool:  # the codecs release the interpreter lock
        lines = list(track(pool.map(write_clip, plans), "Synthesizing clips", total=len(plans)))
    for split in SPLITS:
        own = [line for line, plan in zip(lines, plans, strict=True) if plan.split == split]
        write_lines(root / f"{split}.jsonl", own)
    write_lines(root / EVIDENCE, [{"id": plan.id, "modalities": plan.evidence} for plan in plans])


def write_mp4(path: Path, frames: NDArray[np.uint8], sound: NDArray[np.float32] | None) -> None:
    """H.264 from frames `T x H x W x 3`, AAC from mono samples. Equal input gives equal bytes."""
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        video = container.add_stream("libx264", synthetic_picture.FPS, options=X264)
        video.height, video.width = frames.shape[1:3]
        video.pix_fmt = "yuv420p"
        video.codec_context.thread_count = 1  # more would make the bytes depend on the machine
        if sound is not None:
            audio = container.add_stream("aac", synthetic_sound.RATE, layout="mono", bit_rate=48_000)
        for image in frames:
            container.mux(video.encode(av.VideoFrame.from_ndarray(image)))
        container.mux(video.encode())
        if sound is not None:
            samples = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
            samples.sample_rate = synthetic_sound.RATE
            container.mux(audio.encode(samples))
            container.mux(audio.encode())
