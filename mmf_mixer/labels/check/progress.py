"""How far a check has come, told beside what it prints."""

from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from rich.console import Console
from rich.progress import track

T = TypeVar("T")


def progress(items: Iterable[T], doing: str, of: Sized) -> Iterator[T]:
    """The items, with a bar on stderr that is full when there were as many as `of` has; none if that is empty."""
    yield from track(items, doing, len(of), console=Console(stderr=True), disable=not len(of))
