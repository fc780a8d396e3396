"""Sides timed in turn, so that whatever else the machine does weighs on all of them alike."""

import argparse
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch


class Ratio(NamedTuple):
    """A ratio of seconds over all rounds: its median and quartiles."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def resident_mb() -> float:
    """Resident memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def rounds(
    *sides: Callable[[], object], repeats: int, clock: Callable[[], float] = time.perf_counter
) -> list[list[float]]:
    """Seconds of each side in each of `repeats` rounds, the sides taken in turn, after one that is not counted."""
    seconds: list[list[float]] = [[] for _ in sides]
    for _ in range(repeats + 1):
        for side, taken in zip(sides, seconds, strict=True):
            start = clock()
            side()
            taken.append(clock() - start)
    return [taken[1:] for taken in seconds]


def ratio(of: Sequence[float], to: Sequence[float]) -> Ratio:
    """How many times as long `of` takes as `to`, round by round."""
    low, middle, high = np.percentile(np.divide(of, to), [25, 50, 75])
    return Ratio(float(middle), float(low), float(high))


def growth(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The exponent k of `value ~ size^k` that fits best: the slope between the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def one_thread(device: str) -> Callable[[], float]:
    """Let torch use one thread, and give the clock for `device`: on a CPU the processor's seconds, which stand still
    while another process has the core; elsewhere the wall's, once the device has done its work."""
    torch.set_num_threads(1)
    if device == "cpu":
        return time.process_time

    def clock() -> float:
        torch.accelerator.synchronize()
        return time.perf_counter()

    return clock


def measure(main: Callable[[str, bool], None], description: str | None) -> None:
    """The command of a script that times on a device, eager or compiled."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compiled", action="store_true", help="through torch.compile, which wants a C compiler")
    arguments = parser.parse_args()
    main(arguments.device, arguments.compiled)
