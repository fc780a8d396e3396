"""Processes side by side, none of which outlives the command that started them."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TypeVar

from mmf_mixer.benchmark.warm import Order
from mmf_mixer.errors import InputError

Key = TypeVar("Key", bound=Hashable)
JOBS = "MMF_MIXER_JOBS"  # in the environment of a task
FORKABLE = {"PYTORCH_NVML_BASED_CUDA_CHECK": "1"}  # else torch.cuda.is_available() bars forks from the GPU


@dataclass(frozen=True)
class Task:
    """A module of ours with its arguments, and the folder that it fills."""

    module: str
    arguments: Sequence[str]
    folder: Path

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / "log.txt"

    def start(self, orders: IO[str], number: int) -> None:
        """Order it from a warm process, with its folder empty."""
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        self.log.touch()
        order = Order(number=number, module=self.module, arguments=list(self.arguments), log=str(self.log))
        print(json.dumps(order), file=orders, flush=True)


@contextmanager
def warm_process(jobs: int, needed: Sequence[str]) -> Iterator[tuple[IO[str], IO[str]]]:
    """Where to write orders for `jobs` tasks at a time, and where the answers come (see `warm`); meanwhile they run."""
    threads = max(1, (os.cpu_count() or 1) // jobs)
    with subprocess.Popen(
        [sys.executable, "-m", "mmf_mixer.benchmark.warm", *needed],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **FORKABLE, "OMP_NUM_THREADS": str(threads), JOBS: str(jobs)},
        text=True,
    ) as process:
        assert process.stdin and process.stdout
        try:
            yield process.stdin, process.stdout
        finally:
            process.kill()


def run_all(tasks: Mapping[Key, Task], jobs: int, needed: Sequence[str] = ()) -> Iterator[tuple[Key, int]]:
    """Run tasks, `jobs` of them at a time, and give the key and exit code of each when it ends.

    Whatever ends this early, such as Ctrl-C, ends the tasks that run. `needed` are modules that all of them import,
    which is done once.

    Raises:
        InputError: the process that starts them has been killed.
    """
    if not tasks:
        return
    keys, waiting, left = list(tasks), enumerate(tasks.values()), len(tasks)
    with suppress(BrokenPipeError), warm_process(jobs, needed) as (orders, answers):
        for number, task in islice(waiting, jobs):
            task.start(orders, number)
        for answer in islice(answers, left):
            ended, code = map(int, answer.split())
            for number, task in islice(waiting, 1):
                task.start(orders, number)
            left -= 1
            yield keys[ended], code
    if left:
        raise InputError(
            "The process that starts the trainings was killed, perhaps for want of memory, with "
            f"{left} of {len(keys)} to do; run the same command again, which goes on from there."
        )


def jobs_beside() -> int:
    """How many tasks run at once, this process among them, if it was started by `run_all`; else 1."""
    return int(os.environ.get(JOBS, "1"))


def end_with_parent() -> None:
    """Let this process, started by `run_all`, end as soon as the one that started it does, however that ends."""

    def watch() -> None:
        os.read(sys.stdin.fileno(), 1)  # returns when the other end is closed
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
