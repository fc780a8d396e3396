"""What the feature store costs and saves, as ratios measured in one run: `python projects/benchmark/store_cost.py`.

ResNet34 over frames and spectrogram, BERT-large and the article's Mixer at full size, all with random weights.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from parts import adamw, batches, model, train_step, training_split
from safetensors.torch import save_file
from timing import resident_mb

from mmf_mixer.encoders.base import AT_ONCE
from mmf_mixer.extraction import extract
from mmf_mixer.store.manifest import Manifest, Shard, StoredModality, sha256
from mmf_mixer.store.store import FeatureStore
from mmf_mixer.store.writing import CLIPS_PER_SHARD
from mmf_mixer.synthetic.activities import synthesize

ENCODERS = "fusion.modalities"
OPTIONS = [
    "config=projects/activity_recognition/configs/article/activity15_resnet34.yaml",
    "model=mmf_mixer",
    f"{ENCODERS}.text.encoder.params.trainable=none",
    *(f"{ENCODERS}.{key}.encoder.params.weights=none" for key in ("text", "audio", "video")),
]
SIZES = {  # of the Mixer: the defaults of the package, and the shape S of the article's configs
    "the default Mixer": {"channels": 128, "blocks": 2, "token_width": 64, "channel_width": 256},
    "the article's Mixer": {"channels": 512, "blocks": 8, "token_width": 256, "channel_width": 2048},
}
LARGE = {"text": (16, 384), "audio": (49, 512), "video": (8, 512)}  # tokens x channels of the large store
BATCH = 64


def main(clips: int, large: int) -> None:
    """Measure on `clips` clips, and on a store of `large`."""
    with tempfile.TemporaryDirectory() as scratch:
        root, store = Path(scratch) / "data", Path(scratch) / "store"
        synthesize(root, clips)
        where = [*OPTIONS, f"dataset_config.clips.root={root}"]
        whole = seconds(extract, [*where, "dataset=clips"], store) / clips
        stored_in = ["dataset=clip_features", f"dataset_config.clip_features.store={store}"]
        for name, size in SIZES.items():
            sized = [*where, *(f"model_config.mmf_mixer.{key}={value}" for key, value in size.items())]
            decoded = training_split([*sized, "dataset=clips"])
            mixer = model()
            from_clips = seconds(epoch, mixer, decoded, AT_ONCE["cpu"])
            stored = training_split([*sized, *stored_in])
            epoch(mixer, stored, BATCH)
            from_store = seconds(epoch, mixer, stored, BATCH)
            tell(f"epoch from the clips / warm epoch from the store, {name}", from_clips / from_store)
        ready = list(batches(decoded, AT_ONCE["cpu"]))
        bare = seconds(encode, mixer, ready) / len(decoded)
        tell("clips/s of the extraction / of the bare encoders", bare / whole)
        batch = next(batches(stored, BATCH))
        loading = seconds(list, batches(stored, BATCH)) / len(stored)
        step = seconds(train_step, mixer, batch, adamw(mixer)) / len(batch.targets)
        tell(f"loading from the store / train step of {name}, batch {len(batch.targets)}", loading / step)
        read_large_store(Path(scratch) / "large", large)


def epoch(of: Any, split: Any, size: int) -> None:
    """One training epoch."""
    optimizer = adamw(of)
    for batch in batches(split, size):
        train_step(of, batch, optimizer)


@torch.inference_mode()
def encode(model: Any, ready: list[Any]) -> None:
    """What `extract` must do at least: the encoders over batches that are decoded already."""
    for batch in ready:
        for key, encoder in model.encoders.items():
            encoder.encode(batch[key])


def read_large_store(folder: Path, clips: int) -> None:
    """Open a store of random features and read it through in random order."""
    folder.mkdir()
    manifest = Manifest(
        "", {"train": clips}, "float16", {key: StoredModality({}, {}, "", *size) for key, size in LARGE.items()}
    )
    for first in range(0, clips, CLIPS_PER_SHARD):
        count = min(CLIPS_PER_SHARD, clips - first)
        tensors = {"readable": torch.ones(count, dtype=torch.bool)}
        for key, (tokens, width) in LARGE.items():
            tensors[key] = torch.rand(count, tokens, width).half()
            tensors[f"{key}_mask"] = torch.ones(count, tokens, dtype=torch.uint8)
        path = folder / f"train-{first:06d}.safetensors"
        save_file(tensors, path)
        manifest.shards.append(Shard(path.name, "train", first, count, path.stat().st_size, sha256(path)))
    manifest.write(folder)
    del tensors
    before = resident_mb()
    start = time.perf_counter()
    store = FeatureStore(folder)
    opening = time.perf_counter() - start
    highest = 0.0
    for place, index in enumerate(torch.randperm(clips).tolist()):
        store.read("train", index, list(LARGE))
        if place % 100 == 0:
            highest = max(highest, resident_mb())
    size = sum(shard.bytes for shard in manifest.shards) / 2**20
    print(f"a store of {clips} clips, {size:.0f} MB: opened in {opening:.3f} s, a shuffled pass over it adds")
    print(f"{highest - before:.0f} MB of resident memory")


def seconds(call: Callable[..., Any], *arguments: Any) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - start


def tell(what: str, ratio: float) -> None:
    """Print one ratio."""
    print(f"{what}: {ratio:.3g}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--large", type=int, default=10_000)
    arguments = parser.parse_args()
    main(arguments.clips, arguments.large)
