"""The list of mends: what each waits for, why it exists, and whether it was needed.

A mend is a function decorated with `@mend("mmf.some.module")`. It is called with that module right after
Python has run it, changes what is broken, and returns True; if the installed versions do not need it, it
changes nothing and returns False. `@mend("mmf", when="before")` runs before the module, for what must exist
before MMF's own imports can succeed; `only="package"` leaves the source release alone.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Literal

from mmf_mixer.releases import Release, mmf_release

Apply = Callable[[ModuleType], bool]


@dataclass
class Mend:
    """One repair. `state` becomes "mended" or "not needed" when its module has been imported."""

    name: str
    why: str
    module: str
    when: Literal["before", "after"]
    only: Release | None  # the release that it is for, if it is for one of them
    apply: Apply
    state: Literal["waiting", "mended", "not needed"] = "waiting"

    def run(self, module: ModuleType) -> None:
        needed = self.only in (None, mmf_release()) and self.apply(module)
        self.state = "mended" if needed else "not needed"


MENDS: list[Mend] = []


def mend(
    module: str, when: Literal["before", "after"] = "after", only: Release | None = None
) -> Callable[[Apply], Apply]:
    """Register a mend of `module` (of `only` one release's). The first line of the docstring says why it is needed."""

    def register(apply: Apply) -> Apply:
        why = (apply.__doc__ or "").strip().splitlines()[0]
        MENDS.append(Mend(apply.__name__, why, module, when, only, apply))
        if when == "after" and module in sys.modules:
            MENDS[-1].run(sys.modules[module])
        return apply

    return register


def waiting() -> set[str]:
    """Names of the modules that some mend waits for."""
    return {entry.module for entry in MENDS}


def before(module: ModuleType) -> None:
    """Apply the mends that must come before `module` runs."""
    for entry in MENDS:
        if entry.module == module.__name__ and entry.when == "before":
            entry.run(module)


def after(module: ModuleType) -> None:
    """Apply the mends of `module`, which Python has just run."""
    for entry in MENDS:
        if entry.module == module.__name__ and entry.when == "after":
            entry.run(module)
