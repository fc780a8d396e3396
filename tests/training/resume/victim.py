"""Run as a script: trains through MMF's own command, in a process that may be killed at any call it makes.

usage: victim.py JOBS, a JSON file with a list of {"options": options of mmf_run, "kill": null or a share}. Each job is
run in a child of its own. The first is left to its end, and the calls of functions, Python's and C's, that it makes
since training begins are counted; the others are killed (SIGKILL) after that share of them. Prints for each job the
signal that ended it, or 0, and at which call that was to be.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import mmf_mixer  # noqa: F401  # isort: skip  (mends MMF, and so comes before it)
from mmf.common.registry import registry
from mmf_cli.run import run

from tests.store import small  # noqa: F401  (registers its encoders)


class Calls:
    """Counts the calls of this process, but not those of its workers."""

    def __init__(self, kill: int | None) -> None:
        self.count, self.kill, self.process = 0, kill, os.getpid()

    def __call__(self, frame: Any, event: str, argument: Any) -> None:
        if event in ("call", "c_call"):
            self.count += 1
            if self.count == self.kill and os.getpid() == self.process:
                os.kill(self.process, signal.SIGKILL)


def train(options: list[str], kill: int | None, counted: Path) -> None:
    """Train, and write the number of calls to `counted`."""
    trainer = registry.get_trainer_class("base_trainer")
    calls, stock = Calls(kill), trainer.train

    def counting_train(self: Any) -> None:
        sys.setprofile(calls)
        stock(self)
        sys.setprofile(None)

    trainer.train = counting_train
    run(options)
    counted.write_text(str(calls.count))


def main(jobs: Path) -> None:
    """Run the jobs one after the other; a job that fails in another way than by being killed ends them all."""
    whole = 0
    for number, job in enumerate(json.loads(jobs.read_text())):
        kill = None if job["kill"] is None else 1 + int(job["kill"] * whole)
        counted, log = jobs.with_suffix(f".{number}.calls"), jobs.with_suffix(f".{number}.log")
        if (child := os.fork()) == 0:
            sink = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(sink, 1)
            os.dup2(sink, 2)
            code = 1
            try:
                train(job["options"], kill, counted)
                code = 0
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                sys.stdout.flush()
                os._exit(code)
        status = os.waitpid(child, 0)[1]
        if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
            sys.exit(log.read_text()[-3000:])
        ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        whole = whole or int(counted.read_text())
        print(json.dumps([ended, kill]), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
