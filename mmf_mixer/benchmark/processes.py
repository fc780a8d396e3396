"""Processes side by side, none of which outlives the command that started them."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
JOBS = "MMF_MIXER_JOBS"  # in the environment of a task


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

    def start(self, threads: int, jobs: int) -> "subprocess.Popen[bytes]":
        """Run it in a process of its own, with its folder empty. Its standard input ends when this process does."""
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        with self.log.open("w") as sink:
            return subprocess.Popen(
                [sys.executable, "-m", self.module, *self.arguments],
                stdin=subprocess.PIPE,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={**os.environ, "OMP_NUM_THREADS": str(threads), JOBS: str(jobs)},
            )


def run_all(tasks: Mapping[Key, Task], jobs: int) -> Iterator[tuple[Key, int]]:
    """Run tasks, `jobs` of them at a time, and give the key and exit code of each when it ends.

    Whatever ends this early, such as Ctrl-C, ends the tasks that run.
    """
    threads = max(1, (os.cpu_count() or 1) // jobs)
    running: set[subprocess.Popen[bytes]] = set()
    stopped = threading.Event()

    def run(task: Task) -> int:
        if stopped.is_set():
            return -signal.SIGKILL
        process = task.start(threads, jobs)
        running.add(process)
        return process.wait()

    with ThreadPoolExecutor(jobs) as pool:
        ended = {pool.submit(run, task): key for key, task in tasks.items()}
        try:
            for future in as_completed(ended):
                yield ended[future], future.result()
        finally:
            stopped.set()
            for process in running:
                process.kill()


def jobs_beside() -> int:
    """How many tasks run at once, this process among them, if it was started by `Task.start`; else 1."""
    return int(os.environ.get(JOBS, "1"))


def end_with_parent() -> None:
    """Let this process, started by `Task.start`, end as soon as the one that started it does, however that ends."""

    def watch() -> None:
        os.read(sys.stdin.fileno(), 1)  # returns when the other end is closed
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
