"""A warm process: it has imported what its tasks need, and forks one for each, which begins where the imports ended.

`python -m mmf_mixer.benchmark.warm MODULES…` imports these modules and then reads orders from its standard input, a
line of JSON each. When a task has ended, it writes a line with its number and exit code. Tasks share nothing but the
imports: each is a process of its own, with an output of its own. All end with the warm process, if they call
`end_with_parent`, and that ends with its standard input.
"""

import contextlib
import json
import os
import runpy
import signal
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import TextIO, TypedDict

from mmf_mixer.memory import keep_freed_memory


class Order(TypedDict):
    """A module to run as a script with these arguments, what it says going to the file `log`."""

    number: int
    module: str
    arguments: list[str]
    log: str


def warm_up(modules: Iterable[str]) -> None:
    """Import them; one that fails is left to the tasks, whose logs will say why."""
    for module in modules:
        with contextlib.suppress(Exception):
            import_module(module)


def next_task(orders: TextIO, answers: int) -> Order:
    """Fork for each order; it returns in the forked processes only.

    Between this process and a task stands another, which waits for its end and writes it to the file `answers`.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those between leave no zombies
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which ends this process
    alive, held = os.pipe()  # ends when this process does, for nobody else holds it
    for line in orders:
        if os.fork():
            continue
        os.close(held)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        order: Order = json.loads(line)
        if task := os.fork():
            code = os.waitstatus_to_exitcode(os.waitpid(task, 0)[1])
            os.write(answers, f"{order['number']} {code}\n".encode())
            os._exit(0)
        os.close(answers)
        os.dup2(alive, sys.stdin.fileno())
        return order
    sys.exit()


def main() -> None:
    """Warm up, and run what is ordered."""
    answers, nowhere = os.dup(sys.stdout.fileno()), os.open(os.devnull, os.O_WRONLY)
    for output in (sys.stdout, sys.stderr):
        os.dup2(nowhere, output.fileno())
    keep_freed_memory()
    warm_up(sys.argv[1:])
    order = next_task(sys.stdin, answers)
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND)
    for output in (sys.stdout, sys.stderr):
        os.dup2(log, output.fileno())
    sys.argv[1:] = order["arguments"]
    runpy.run_module(order["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
