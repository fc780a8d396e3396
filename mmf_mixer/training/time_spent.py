"""Where the time of a run goes."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
REST = "the rest"


class TimeSpent:
    """The seconds of each part of a run, from now on; within a part another may begin, which then counts alone.

    Args:
        now: the clock, in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._now = now
        self._part, self._since = REST, now()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Meanwhile time counts for this part; also a decorator."""
        outer = self._switch(name)
        try:
            yield
        finally:
            self._switch(outer)

    def getting(self, name: str, items: Iterable[T]) -> Iterator[T]:
        """The same items, the time to get each counting for this part."""
        source = iter(items)
        while True:
            with self.part(name):
                try:
                    item = next(source)
                except StopIteration:
                    return
            yield item

    def _switch(self, part: str) -> str:
        now, outer = self._now(), self._part
        self.seconds[outer] += now - self._since
        self._part, self._since = part, now
        return outer

    def __str__(self) -> str:
        self._switch(self._part)
        total = sum(self.seconds.values()) or 1.0
        parts = sorted(self.seconds.items(), key=lambda part: -part[1])
        shares = ", ".join(f"{name} {seconds / total:.0%}" for name, seconds in parts)
        return f"{total:.1f} s: {shares}"
