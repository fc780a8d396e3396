"""Frame numbers and SMPTE timecodes (SMPTE ST 12-1), by the rational rate of the stream."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from mmf_mixer.errors import InputError, shown

WRITTEN = re.compile(r"(\d\d)[:;.](\d\d)[:;.](\d\d)([:;.])(\d\d\d?)")
DROPPING = {Fraction(30000, 1001), Fraction(60000, 1001)}  # rates that have drop-frame timecodes
FORGIVEN = Fraction(1, 1000)  # of a frame, which rounding took from a time stamp


@dataclass(frozen=True)
class Timecode:
    """The timecode of a file's first frame, such as "01:00:00;00", and whether it is drop-frame."""

    start: str
    drop_frame: bool

    @classmethod
    def read(cls, text: str, rate: Fraction | None) -> Self | None:
        """What a file says, where a ";" stands for drop-frame if the rate knows that; None if it is no timecode."""
        drops = ";" in text and rate in DROPPING
        return cls(text, drops) if WRITTEN.fullmatch(text) else None


def frame_at(seconds: float, rate: Fraction) -> int:
    """The number, from 0, of the frame on screen at `seconds`."""
    return max(0, int((Fraction(seconds) * rate + FORGIVEN) // 1))


def frames_of(timecode: str, rate: Fraction, drop_frame: bool) -> int:
    """Frames from midnight to a timecode. Raises InputError for what is none."""
    found = WRITTEN.fullmatch(timecode)
    if not found:
        raise InputError(f"{shown(timecode)} is no timecode; write it as 01:00:00:00.")
    hours, minutes, seconds, frames = (int(found[place]) for place in (1, 2, 3, 5))
    minutes += 60 * hours
    left_out = _left_out(rate) * (minutes - minutes // 10) if drop_frame else 0
    return (60 * minutes + seconds) * round(rate) + frames - left_out


def timecode_of(frame: int, rate: Fraction, drop_frame: bool) -> str:
    """The timecode of the frame so many frames from midnight; after a day it begins again."""
    if drop_frame:
        gap = _left_out(rate)
        minute = 60 * round(rate) - gap
        tens, rest = divmod(frame, 10 * minute + gap)
        frame += 9 * gap * tens + (gap * ((rest - gap) // minute) if rest >= gap else 0)
    seconds, frames = divmod(frame, round(rate))
    hours, minutes, seconds = seconds // 3600 % 24, seconds // 60 % 60, seconds % 60
    return f"{hours:02}:{minutes:02}:{seconds:02}{';' if drop_frame else ':'}{frames:02}"


def _left_out(rate: Fraction) -> int:
    """Numbers that drop-frame timecode leaves out at each minute that is no tenth."""
    return 2 * round(rate / 30)
