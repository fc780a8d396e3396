"""How many times as fast two processes extract as one, each on a core of its own with one thread:
`python projects/benchmark/part_cost.py DATA`, a folder that `mmf_mixer synthesize` wrote. By the clock, in turn.

The second ratio leaves out what a process takes to start: as long as the same command, once all is in the store.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from timing import ratio

REPEATS = 2
EXTRACT = (
    "-m mmf_mixer extract config=projects/activity_recognition/configs/synthetic.yaml model=mmf_mixer dataset=clips"
)
PARTS = {"one process": [()], "two processes": [("--part", "1/2"), ("--part", "2/2")]}


def start(data: str, out: Path, core: int, part: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """One process of an extraction, of all clips or of a part of them."""
    return subprocess.Popen(
        [sys.executable, *EXTRACT.split(), f"dataset_config.clips.root={data}", "--out", str(out), *part],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def seconds(data: str, out: Path, parts: list[tuple[str, ...]]) -> float:
    """Until all parts are done. Raises SystemExit if there are fewer cores, or one fails."""
    cores = sorted(os.sched_getaffinity(0))[: len(parts)]
    if len(cores) < len(parts):
        raise SystemExit(f"{len(parts)} processes want as many cores, of which there are {len(cores)}")
    begun = time.perf_counter()
    processes = [start(data, out, core, part) for core, part in zip(cores, parts, strict=True)]
    if any([process.wait() for process in processes]):
        raise SystemExit(f"an extraction into {out} failed")
    return time.perf_counter() - begun


def main(data: str) -> None:
    """Print the seconds of each, then both ratios."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in PARTS}
    for _ in range(REPEATS):
        for name, parts in PARTS.items():
            with tempfile.TemporaryDirectory() as folder:
                whole, again = (seconds(data, Path(folder), parts) for _ in range(2))
            found[name].append((whole, whole - again))
            print(f"{name}: {whole:.1f} s, {whole - again:.1f} of them without the start", flush=True)
    one, two = (zip(*times, strict=True) for times in found.values())
    for name, slow, fast in zip(("with the start", "without it"), one, two, strict=True):
        print(f"two processes are {ratio(slow, fast)} times as fast as one, {name}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    main(parser.parse_args().data)
