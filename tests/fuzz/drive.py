"""Runs a target in a process of its own, under limits of time and memory, and says what became of each input."""

import mmap
import os
import random
import re
import resource
import signal
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mmf_mixer import limits
from mmf_mixer.errors import CONTROL, InputError
from tests.fuzz.mutate import mutated
from tests.fuzz.targets import TARGETS, Target

CPU_SECONDS, WALL_SECONDS = 60, 300  # for one input; the second for what waits without computing
ENOUGH = 5  # failures, after which it stops
SENTENCE = re.compile(r".{10,1500}\.", re.DOTALL)


class Outcome(NamedTuple):
    """How many inputs gave a sound result, how many were refused, what failed, and the most memory in MB."""

    sound: int
    refused: int
    failures: list[str]
    peak: int

    def __str__(self) -> str:
        tried = self.sound + self.refused + len(self.failures)
        kinds = f"{self.sound} sound, {self.refused} refused, {len(self.failures)} failed"
        return "\n".join([f"{tried} inputs: {kinds}; at most {self.peak} MB", *self.failures])


def fuzz(name: str, inputs: int, seed: int, folder: Path) -> Outcome:
    """Read `inputs` injured files of a target. Those that fail stay in `folder`, and are named with the reason."""
    (home := folder / name).mkdir(parents=True)
    target = TARGETS[name](home)
    counts = memoryview(mmap.mmap(-1, 32)).cast("Q")  # next input, sound, refused, MB: shared with the processes
    failures: list[str] = []
    while counts[0] < inputs and len(failures) < ENOUGH:
        report = folder / f"{name}-{seed}-{len(failures)}.reason"
        if (child := os.fork()) == 0:
            _child(target, home, f"{name} {seed}", inputs, counts, report)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:
            number = counts[0] - 1
            kept = folder / f"{name}-{seed}-{number}{Path(_name(target, f'{name} {seed}', number)).suffix}"
            kept.write_bytes(_content(target, f"{name} {seed}", number))
            signal_name = signal.Signals(-status).name if status < 0 else ""
            reason = report.read_text() if report.exists() else f"ended by {signal_name or status}"
            failures.append(f"{kept}: {reason}")
    return Outcome(counts[1], counts[2], failures, counts[3])


def _child(target: Target, home: Path, seed: str, inputs: int, counts: memoryview, report: Path) -> None:
    """Reads the inputs from `counts[0]` on, and never returns."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + 2 * limits.MEMORY  # for the machine's sake
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        Path("/proc/self/clear_refs").write_text("5")  # the peak of memory is that of now, not of the process it left
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(counts[0], inputs):
            counts[0] = number + 1
            path = home / _name(target, seed, number)
            path.write_bytes(_content(target, seed, number))
            signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)  # both end the process
            signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS)
            try:
                target.read(path)
                kind = 1
            except InputError as error:
                _check_sentence(str(error), home)
                kind = 2
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
            counts[3] = max(counts[3], grown // 2**20)
            assert grown < limits.MEMORY, f"it took {grown / 2**20:.0f} MB"
            counts[kind] += 1
        os._exit(0)
    except BaseException:
        report.write_text(traceback.format_exc())
        os._exit(1)


def _check_sentence(sentence: str, home: Path) -> None:
    assert SENTENCE.fullmatch(sentence) and not CONTROL.search(sentence), f"not one sentence: {sentence!r}"
    assert str(home) in sentence, f"names no file: {sentence!r}"


def _content(target: Target, seed: str, number: int) -> bytes:
    return mutated(random.Random(f"{seed} {number}"), target.seeds)


def _name(target: Target, seed: str, number: int) -> str:
    return random.Random(f"name {seed} {number}").choice(target.names)


def report(names: list[str], inputs: int, seed: int, folder: Path) -> Iterator[Outcome]:
    """The outcome of each target, printed as it comes."""
    for name in names:
        outcome = fuzz(name, inputs, seed, folder)
        print(f"{name}, seed {seed}: {outcome}", file=sys.stderr, flush=True)
        yield outcome
