"""What was left out or changed, why, and how often: nothing is lost silently."""

from typing import NamedTuple


class Reason(NamedTuple):
    """How often, and where first."""

    times: int
    first: str


class Tally:
    """Counts by reason, in the order in which they came up."""

    def __init__(self) -> None:
        self.found: dict[str, Reason] = {}

    def add(self, reason: str, where: str, count: int = 1) -> None:
        """Count a reason; 0 times is not told."""
        if count:
            before = self.found.get(reason, Reason(0, where))
            self.found[reason] = Reason(before.times + count, before.first)

    def told(self) -> str:
        """What was left out, as the end of a sentence."""
        return "".join(f"; left out: {found.times} x {reason}" for reason, found in self.found.items())

    def written(self) -> list[dict[str, object]]:
        """As `import.json` holds it."""
        return [{"reason": reason, "count": found.times, "first": found.first} for reason, found in self.found.items()]
