"""Processes side by side, none of which outlives the command that started them."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


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

    def start(self, threads: int) -> "subprocess.Popen[bytes]":
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
                env={**os.environ, "OMP_NUM_THREADS": str(threads)},
            )


def run_all(tasks: Mapping[Key, Task], jobs: int) -> Iterator[tuple[Key, int]]:
    """Run tasks, `jobs` of them at a time, and give the key and exit code of each when it ends.

    Whatever ends this early, such as Ctrl-C, ends the tasks that run.
    """
    waiting = list(tasks.items())
    running: dict[Key, subprocess.Popen[bytes]] = {}
    threads = max(1, (os.cpu_count() or 1) // jobs)
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                key, task = waiting.pop(0)
                running[key] = task.start(threads)
            for key in [key for key, process in running.items() if process.poll() is not None]:
                yield key, running.pop(key).returncode
            time.sleep(0.05)
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def end_with_parent() -> None:
    """Let this process, started by `Task.start`, end as soon as the one that started it does, however that ends."""

    def watch() -> None:
        os.read(sys.stdin.fileno(), 1)  # returns when the other end is closed
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
