"""What the figures of SCALING.md rest on: `python projects/benchmark/scaling.py DATASET_FOLDER STORE`.

The folder and the store are grid51's (projects/activity_recognition/README.md). Figures are seconds of one core's own
time, so that they hold on a machine that does other things besides.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from parts import adamw, batches, model, train_step, training_split
from torch.utils.flop_counter import FlopCounterMode

from mmf_mixer.store.manifest import Manifest

GRID = "projects/activity_recognition/configs/grid51.yaml"
ARTICLE = "projects/activity_recognition/configs/article"
RANDOM = [f"fusion.modalities.{key}.encoder.params.weights=none" for key in ("text", "audio", "video")]


def main(folder: str, store: str, clips: int) -> None:
    """Print a line for each figure."""
    root = f"dataset_config.clips.root={folder}"
    grid = [f"config={GRID}", "model=mmf_mixer", root]
    for name, options in {
        "grid51: MiniLM, EfficientNet-Lite0": grid,
        "article: BERT-large, ResNet34, ResNet34": article("activity15_resnet34", root),
        "article: BERT-large, ResNet34, R3D-18": article("activity15_r3d18", root),
    }.items():
        split = training_split([*options, "dataset=clips"])
        split[0]
        tell(f"{name}: decoding", seconds(lambda split=split: list(map(split.__getitem__, range(clips)))) / clips)
        encode(name, model(), next(batches(split, clips)))
    stored = training_split([*grid, "dataset=clip_features", f"dataset_config.clip_features.store={store}"])
    of, batch = model(), next(batches(stored, 32))
    optimizer = adamw(of)
    with FlopCounterMode(display=False) as counter:
        train_step(of, batch, optimizer)
    print(f"the Mixer's training step, batch 32: {counter.get_total_flops() / 1e9:.2f} GFLOP")
    tell("the Mixer's training step, batch 32", seconds(lambda: train_step(of, batch, optimizer)))
    tell("reading a batch of 32 from the store", seconds(lambda: next(batches(stored, 32))))
    print(f"the store: {bytes_per_clip(store):.0f} bytes per clip")


def article(config: str, root: str) -> list[str]:
    """The article's config with random weights, and BERT frozen, so that it could be stored."""
    frozen = "fusion.modalities.text.encoder.params.trainable=none"
    return [f"config={ARTICLE}/{config}.yaml", "model=mmf_mixer", root, frozen, *RANDOM]


@torch.inference_mode()
def encode(name: str, of: Any, batch: Any) -> None:
    """Time each encoder alone."""
    for key, encoder in of.encoders.items():
        encoder.eval()
        with FlopCounterMode(display=False) as counter:  # and so that what torch does only once is over
            encoder.encode(batch[key])
        print(f"{name}: encoding {key}: {counter.get_total_flops() / len(batch.targets) / 1e9:.2f} GFLOP")
        taken = seconds(lambda key=key, encoder=encoder: encoder.encode(batch[key]))
        tell(f"{name}: encoding {key}", taken / len(batch.targets))


def bytes_per_clip(store: str) -> float:
    """What one clip takes of the store."""
    shards = Manifest.read(Path(store)).shards
    return sum(shard.bytes for shard in shards) / sum(shard.count for shard in shards)


def seconds(call: Callable[[], Any]) -> float:
    """The time of its own that this process takes for a call."""
    start = time.process_time()
    call()
    return time.process_time() - start


def tell(what: str, taken: float) -> None:
    """Print one figure."""
    print(f"{what}: {1000 * taken:.3g} ms", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("store")
    parser.add_argument("--clips", type=int, default=8)
    arguments = parser.parse_args()
    main(arguments.folder, arguments.store, arguments.clips)
