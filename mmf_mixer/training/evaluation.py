"""Which evaluations end a run: they are of the weights that it keeps, not of those of the moment."""

from collections.abc import Iterator
from contextlib import contextmanager

_final = False


def is_final_evaluation() -> bool:
    """True while MMF evaluates splits at the end of a run, or in a run that does not train."""
    return _final


@contextmanager
def final_evaluation() -> Iterator[None]:
    """Meanwhile `is_final_evaluation` says so."""
    global _final
    _final = True
    try:
        yield
    finally:
        _final = False
