"""An InputError, through whichever door it leaves, becomes one sentence on stderr and exit code 2."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from mmf_mixer.errors import InputError

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
    """True if MMF_MIXER_DEBUG=1 asks for tracebacks."""
    return os.environ.get("MMF_MIXER_DEBUG") == "1"


@contextmanager
def input_errors_end_the_command() -> Iterator[None]:
    """Around a command: InputError is printed without a traceback, and Python leaves with exit code 2."""
    try:
        yield
    except Exception as error:
        sentence = input_error_sentence(error)
        if sentence is None or debugging():
            raise
        print(sentence, file=sys.stderr)
        raise SystemExit(2) from None


def install() -> None:
    """Do the same for commands that are not ours, by way of `sys.excepthook`."""
    stock = sys.excepthook

    def excepthook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        sentence = input_error_sentence(error)
        if sentence is None or debugging():
            stock(kind, error, traceback)
            return
        sys.stderr.write(f"{sentence}\n")  # of several processes, MMF lets only the first print
        raise SystemExit(2)  # Python takes this from an excepthook as the exit code

    sys.excepthook = excepthook
