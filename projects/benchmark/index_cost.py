"""What opening a large dataset folder and its store takes: `python projects/benchmark/index_cost.py [--clips 1000000]`.

Folder and store are made up: empty files stand for the media, and holes for the features. Each opening is in a process
of its own, whose memory is what it has for itself alone (USS) and its share of what others have too (PSS), less what it
had before; the most is of all that it had resident. Seconds are the process's own, and by the clock.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from mmf_mixer.data.clip import SPLITS
from mmf_mixer.data.folder import fingerprint, lines_of, read_folder, read_labels

WINDOWS, RECORDINGS = 100, 100  # clips of a recording, and recordings of a folder
GROUPS = {"activity": (True, 40), "place": (True, 15), "event": (False, 45)}
MB = 2**20


def main(clips: int) -> None:
    """Print a line for each figure."""
    with tempfile.TemporaryDirectory() as scratch:
        root, store = Path(scratch) / "data", Path(scratch) / "store"
        lines = make_folder(root, clips)
        make_store(store, lines, fingerprint(root))
        os.environ["XDG_CACHE_HOME"] = scratch
        written = sum(path.stat().st_size for path in root.glob("*.jsonl"))
        print(f"{clips:,} clips, {written / clips:.0f} bytes each line", flush=True)
        with held("objects", root) as objects:
            tell("each line read, and kept as an object", objects)
        with held("folder", root) as first:
            tell("first opening", first)
            index = next((Path(scratch) / "mmf_mixer" / "folders").iterdir()).stat().st_size
            print(f"the index: {index / clips:.0f} bytes for a clip", flush=True)
            with held("folder", root) as second:
                tell("second opening, beside the first", second)
            with held("clips", root) as walked:
                tell("each clip made once from the index", walked)
            with held("training", root, store) as training:
                tell("the three splits of clip_features, and an epoch's order", training)
        with held("store", root, store) as opened:
            tell("the store alone", opened)
        print(f"second opening / reading: {second['seconds'] / objects['seconds']:.4f}")
        print(f"its memory / that of objects: {second['uss'] / objects['uss']:.4f}")


def make_folder(root: Path, clips: int) -> dict[str, int]:
    """Write a dataset folder of this many clips; returns how many are in each split."""
    names = {name: [f"{name}{number:02d}" for number in range(count)] for name, (_, count) in GROUPS.items()}
    groups = {name: {"exclusive": exclusive, "labels": names[name]} for name, (exclusive, _) in GROUPS.items()}
    counts = {"val": clips // 100, "test": clips // 100}
    counts = {"train": clips - sum(counts.values()), **counts}
    root.mkdir()
    (root / "labels.yaml").write_text(yaml.safe_dump({"groups": groups}))
    numbers = iter(range(clips))
    for split in SPLITS:
        with (root / f"{split}.jsonl").open("w") as file:
            for _, number in zip(range(counts[split]), numbers, strict=False):
                file.write(json.dumps(line(root, number, names)) + "\n")
    return counts


def line(root: Path, number: int, names: dict[str, list[str]]) -> dict[str, Any]:
    """The line of a clip, whose recording is there."""
    recording, window = divmod(number, WINDOWS)
    path = f"media/{recording // RECORDINGS:04d}/recording{recording:06d}"
    if not window:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        for kind in ("mp4", "srt"):
            (root / f"{path}.{kind}").touch()
    steps = zip((7, 8, 11), names.items(), strict=True)
    labels = [f"{name}/{own[number * step % len(own)]}" for step, (name, own) in steps]
    where = {"video": f"{path}.mp4", "captions": f"{path}.srt", "start": 3.0 * window, "end": 3.0 * window + 3}
    return {"id": f"recording{recording:06d}_{window:03d}", **where, "labels": labels}


def make_store(folder: Path, clips: dict[str, int], dataset: str) -> None:
    """Write the manifest of a store, and its shards as files that have the right size and hold nothing."""
    from mmf_mixer.store.manifest import GIVEN, Manifest, Shard, StoredModality
    from mmf_mixer.store.writing import missing

    given = StoredModality({"type": GIVEN}, {}, "", 16, 384)
    manifest = Manifest(dataset, clips, "float16", {"text": given})
    folder.mkdir()
    for shard in missing(manifest):
        size = shard.count * manifest.bytes_per_clip
        manifest.shards.append(Shard(shard.file, shard.split, shard.first, shard.count, size, "0" * 64))
        with (folder / shard.file).open("wb") as file:
            file.truncate(size)
    manifest.write(folder)


class held:
    """A process that has opened something, which it tells the cost of, and keeps until the block ends."""

    def __init__(self, what: str, *paths: Path) -> None:
        command = [sys.executable, __file__, "--open", what, *map(str, paths)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> dict[str, float]:
        assert self.process.stdout
        return dict(json.loads(self.process.stdout.readline()))

    def __exit__(self, *_: object) -> None:
        self.process.communicate()


def opening(what: str, paths: list[Path]) -> None:
    """Open something, print what it took, and wait for the end of stdin."""
    opened = OPENINGS[what](*paths)
    next(opened)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, start, wall = memory(), time.process_time(), time.perf_counter()
    kept = next(opened)
    told = {"seconds": time.process_time() - start, "wall": time.perf_counter() - wall}
    now = memory()
    told |= {key: (own - before[key]) / MB for key, own in now.items()} | {"peak": (now["peak"] - before["rss"]) / MB}
    print(json.dumps(told), flush=True)
    sys.stdin.read()
    del kept


def objects(root: Path) -> Iterator[object]:
    """Every line as the reader makes it."""
    labels = read_labels(root)
    yield None
    yield [[line.clip for line in lines_of(root, split, labels)] for split in SPLITS]


def folder(root: Path) -> Iterator[object]:
    """The folder as everything opens it."""
    import numpy  # noqa: F401

    yield None
    yield read_folder(root)


def clips(root: Path) -> Iterator[object]:
    """Each clip, which is not kept."""
    opened = read_folder(root)
    yield None
    yield sum(clip.start or 0.0 for clips in opened.splits.values() for clip in clips)


def store(root: Path, features: Path) -> Iterator[object]:
    """The feature store."""
    from mmf_mixer.store.store import FeatureStore

    yield None
    yield FeatureStore(features)


def training(root: Path, features: Path) -> Iterator[object]:
    """What a training from a store opens, and the order of its first epoch."""
    from mmf.utils.env import setup_imports
    from omegaconf import OmegaConf

    from mmf_mixer.datasets.features import ClipFeaturesBuilder
    from mmf_mixer.training.order.order import EpochOrder

    setup_imports()
    config = OmegaConf.create({"root": str(root), "store": str(features), "cache": False})
    yield None
    builder = ClipFeaturesBuilder()
    datasets = [builder.load(config, split) for split in SPLITS]
    builder.update_registry_for_model(config)
    order = iter(EpochOrder(len(datasets[0]), batch_size=32, seed=1))
    datasets[0].targets([next(order)[2] for _ in range(32)])
    yield datasets, order


OPENINGS: dict[str, Callable[..., Iterator[object]]] = {
    each.__name__: each for each in (objects, folder, clips, store, training)
}


def memory() -> dict[str, float]:
    """Bytes that this process has for itself, with its share of what others have too, all of both, and the most of
    that."""
    text = Path("/proc/self/smaps_rollup").read_text() + Path("/proc/self/status").read_text()
    rows = (row.partition(":") for row in text.splitlines() if row.endswith(" kB"))
    kilobytes = {name: int(value.split()[0]) for name, _, value in rows}
    own = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    figures = {"uss": own, "pss": kilobytes["Pss"], "rss": kilobytes["VmRSS"], "peak": kilobytes["VmHWM"]}
    return {name: figure * 1024 for name, figure in figures.items()}


def tell(what: str, cost: dict[str, float]) -> None:
    """Print one opening."""
    seconds = f"{cost['seconds']:.2f} s, by the clock {cost['wall']:.2f} s"
    print(
        f"{what}: {seconds}; {cost['uss']:.1f} MB (PSS {cost['pss']:.1f} MB), at most {cost['peak']:.0f} MB", flush=True
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=1_000_000)
    parser.add_argument("--open", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.open:
        opening(arguments.open[0], [Path(path) for path in arguments.open[1:]])
    else:
        main(arguments.clips)
