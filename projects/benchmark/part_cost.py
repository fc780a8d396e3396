"""How many times as fast two processes extract as one, each on a core of its own with one thread:
`python projects/benchmark/part_cost.py DATA`, a folder that `mmf_mixer synthesize` wrote. By the clock, in turn.

What a process takes to start, as the same command does when everything is in the store already, is told besides.
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


def start(data: str, out: Path, core: int, part: str) -> subprocess.Popen[bytes]:
    """One process of an extraction of all clips, or of a part of them."""
    command = [
        sys.executable,
        "-m",
        "mmf_mixer",
        "extract",
        "config=projects/activity_recognition/configs/synthetic.yaml",
    ]
    command += [
        "model=mmf_mixer",
        "dataset=clips",
        f"dataset_config.clips.root={data}",
        "--out",
        str(out),
        *part.split(),
    ]
    return subprocess.Popen(
        command,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def seconds(data: str, out: Path, parts: list[str]) -> float:
    """Until as many processes as parts are done."""
    begun = time.perf_counter()
    cores = sorted(os.sched_getaffinity(0))
    processes = [start(data, out, core, part) for core, part in zip(cores, parts, strict=False)]
    if any(process.wait() for process in processes):
        raise SystemExit(f"an extraction into {out} failed")
    return time.perf_counter() - begun


def main(data: str) -> None:
    """Print both ratios."""
    found: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
    for _ in range(REPEATS):
        for count, times in found.items():
            parts = [""] if count == 1 else [f"--part {number}/{count}" for number in range(1, count + 1)]
            with tempfile.TemporaryDirectory() as folder:
                times.append((seconds(data, Path(folder), parts), seconds(data, Path(folder), parts)))
    one, two = ([whole for whole, _ in times] for times in found.values())
    print(f"two processes: {ratio(one, two)} times as fast as one ({one} and {two} s)")
    one, two = ([whole - start for whole, start in times] for times in found.values())
    print(f"without what they take to start: {ratio(one, two)} times ({one} and {two} s)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    main(parser.parse_args().data)
