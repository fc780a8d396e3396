"""An error, through whichever door it leaves, becomes one sentence on stderr.

The exit code is 2 for an InputError, and 1 for what nobody expected, which only our own commands shorten.
"""

import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from mmf_mixer.errors import InputError

DEBUG = "MMF_MIXER_DEBUG"  # in the environment
# A DataLoader worker, a spawned rank and omegaconf hand an error on as text inside an error of their own.
HANDED_ON = re.compile(r"InputError(?: raised while resolving interpolation)?: (.+)")


def input_error_sentence(error: BaseException | None) -> str | None:
    """The sentence of the InputError that `error` is, wraps or was raised from; None if there is none."""
    while error is not None:
        if handed_on := HANDED_ON.findall(str(error)):
            return str(handed_on[-1])
        if isinstance(error, InputError):
            return str(error)
        error = error.__cause__
    return None


def debugging() -> bool:
    """True if MMF_MIXER_DEBUG=1, or the option --debug, asks for tracebacks."""
    return os.environ.get(DEBUG) == "1"


def show_tracebacks() -> None:
    """Ask for tracebacks, in the processes too that this one starts."""
    os.environ[DEBUG] = "1"


@contextmanager
def errors_end_the_command() -> Iterator[None]:
    """Around a command of ours: an error is printed without a traceback, and Python leaves with its exit code."""
    try:
        yield
    except Exception as error:
        if debugging():
            raise
        sentence = input_error_sentence(error)
        print(sentence or _unexpected(error), file=sys.stderr)
        raise SystemExit(1 if sentence is None else 2) from None


def _unexpected(error: BaseException) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    text = str(error).strip().partition("\n")[0].rstrip(".") or "no reason given"
    return f"{type(error).__name__} in {place.filename}, line {place.lineno}: {text}; --debug shows how it came about."


def install() -> None:
    """Do the same for commands that are not ours, by way of `sys.excepthook`."""
    stock = sys.excepthook

    def excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sentence = input_error_sentence(error)
        if sentence is None or debugging():
            stock(kind, error, trace)
            return
        sys.stderr.write(f"{sentence}\n")  # of several processes, MMF lets only the first print
        raise SystemExit(2)  # Python takes this from an excepthook as the exit code

    sys.excepthook = excepthook
