"""CSV, for spreadsheets and pandas (https://www.rfc-editor.org/rfc/rfc4180)."""

import csv
import io

from mmf_mixer.annotate.exports.writing import clock, milliseconds, one_line
from mmf_mixer.data.timeline import DIGITS, Timeline

FORMULA = tuple(
    "=+-@\uff1d\uff0b\uff0d\uff20"
)  # what begins one (https://owasp.org/www-community/attacks/CSV_Injection)
PLACE = ("", "_time", "_timecode", "_frame")
COUNTER = "a spreadsheet"


def spreadsheet(timeline: Timeline) -> str:
    """A row for each segment; its end is the first moment after it. Frames count from 0, timecodes from the file's own;
    their columns are empty where no rate numbers the frames.

    Read by Excel, LibreOffice and pandas.
    """
    kept = timeline.kept
    modalities = list(dict.fromkeys([*timeline.windows.modalities, *(key for one in kept for key in one.modalities)]))
    places = [f"{edge}{kind}" for edge in ("start", "end") for kind in PLACE]
    shares = [_cell(f"{name}_share") for name in modalities]
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(["label", *places, "duration", "score", *shares, "shot", "status"])
    for one in kept:
        weights = [round(one.modalities.get(name, 0.0), DIGITS) for name in modalities]
        times = [*_place(timeline, one.start), *_place(timeline, one.end), round(one.end - one.start, 6)]
        table.writerow([_cell(one.label), *times, round(one.score, DIGITS), *weights, one.shot, one.status])
    return written.getvalue()


def _place(timeline: Timeline, seconds: float) -> list[object]:
    known = timeline.frame_rate and not timeline.variable_frame_rate
    counted = [timeline.timecode_at(seconds, COUNTER), timeline.frame(seconds, COUNTER)] if known else ["", ""]
    return [round(seconds, 6), clock(milliseconds(seconds)), *counted]


def _cell(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would run as a formula."""
    line = one_line(text)
    return f"'{line}" if line.lstrip().startswith(FORMULA) else line
