"""What an import is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmf_mixer.errors import InputError, shown


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

    def __post_init__(self) -> None:
        """Raises InputError for what makes no sense."""
        if not self.group.strip() or "/" in self.group:
            raise InputError(f"--group: {shown(self.group)} is no name of a group; write text without a slash.")
        if self.stride is not None and self.window is None:
            raise InputError("--stride: is from window to window; give --window too.")
