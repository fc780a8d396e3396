"""Markers as DaVinci Resolve writes them into an EDL (Timelines > Export > Timeline Markers to EDL)."""

from itertools import groupby

from mmf_mixer.annotate.exports.writing import frames, one_line, shares, stem
from mmf_mixer.data.timeline import Segment, Timeline

COLOURS = (
    *("Blue", "Green", "Yellow", "Red", "Purple", "Cyan", "Pink", "Mint"),
    *("Lemon", "Lavender", "Sand", "Sky", "Rose", "Cocoa", "Fuchsia", "Cream"),
)
WANTED_BY = "an EDL"
LONGEST = 70  # letters of a title, by CMX 3600


def edl(timeline: Timeline) -> str:
    """A marker for each frame where segments begin, as long as the longest of them: Resolve keeps one marker a frame.
    Timecodes go on from the file's own. Raises InputError where no rate numbers the frames.

    Read by DaVinci Resolve (Timelines > Import > Timeline Markers from EDL).
    """
    drop_frame = timeline.timecode is not None and timeline.timecode.drop_frame
    mode = "DROP FRAME" if drop_frame else "NON-DROP FRAME"
    rate = timeline.constant_rate(WANTED_BY)
    blocks = [f"TITLE: {stem(timeline)[:LONGEST]}\nFCM: {mode}\n"]
    starts = groupby(timeline.kept, key=lambda one: frames(timeline, one, WANTED_BY)[0])
    for number, (frame, segments) in enumerate(starts, 1):
        begin, end = (timeline.timecode_at(float(place / rate), WANTED_BY) for place in (frame, frame + 1))
        event = f"{number:03}  001      V     C        {begin} {end} {begin} {end}  "
        blocks.append(f"{event}\n{_marker(timeline, list(segments))}\n")
    return "\n".join(blocks)


def _marker(timeline: Timeline, segments: list[Segment]) -> str:
    """Note, colour, name and duration in frames. Resolve takes a line that begins with a digit for an event."""
    best = max(segments, key=lambda one: one.score)
    colour = COLOURS[timeline.labels.position[best.label] % len(COLOURS)]
    length = max(frames(timeline, one, WANTED_BY)[1] for one in segments)
    note = "; ".join(_note(one) for one in segments)
    name = " + ".join(_field(one.label) for one in segments)
    return f"{note} |C:ResolveColor{colour} |M:{name} |D:{length}"


def _note(segment: Segment) -> str:
    parts = ", ".join(f"{_field(name)} {share:.2f}" for name, share in shares(segment).items())
    return f"score {segment.score:.2f} ({parts})"


def _field(text: str) -> str:
    """The text without the sign that divides fields."""
    return one_line(text).replace("|", "/")
