"""What an import is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """How lines are made of labelled stretches.

    Attributes:
        media: the folder that holds the media; None = that of the labels.
        group: of labels without one.
        exclusive: groups of which one label holds at a time, beside those of which the source says it.
        window, stride: seconds; no window = each labelled stretch is a line of its own, no stride = the window.
        unchecked: what nobody has checked counts too.
        copy: media are copied, not linked.
        seed: of the splits.
    """

    media: Path | None = None
    group: str = "label"
    exclusive: Sequence[str] = ()
    window: float | None = None
    stride: float | None = None
    unchecked: bool = False
    copy: bool = False
    seed: int = 0
