"""The media that recordings name, each with its lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mmf_mixer.annotate.windows import Span, regular
from mmf_mixer.data.clip import Labels
from mmf_mixer.errors import InputError, shown
from mmf_mixer.labels.imports.lines import Line, Placed, lines, own_spans, placed, unseen
from mmf_mixer.labels.imports.media import Media
from mmf_mixer.labels.imports.settings import Settings
from mmf_mixer.labels.imports.tally import Tally
from mmf_mixer.labels.readers.recording import Recording, Segment
from mmf_mixer.media.facts import duration

OTHER_LENGTH = 1.0  # seconds by which a length that the source says may be off


@dataclass
class File:
    """A media file, what the source says of it, and the lines that come of it."""

    path: Path
    recordings: list[Recording] = field(default_factory=list)
    length: float = 0.0
    lines: list[Line] = field(default_factory=list)

    @property
    def labels(self) -> set[str]:
        """All labels of its lines."""
        return {label for line in self.lines for label in line.labels}

    @property
    def split(self) -> str | None:
        """That of the source. Raises InputError if it says two."""
        splits = sorted({one.split for one in self.recordings if one.split})
        if len(splits) > 1:
            first = self.recordings[0]
            raise InputError(
                f"{first.source}: {shown(first.video)} is in {' and in '.join(splits)}; a file belongs to one split, "
                "so correct it there."
            )
        return splits[0] if splits else None


def files_of(recordings: Iterable[Recording], media: Media, left: Tally) -> list[File]:
    """The media that are there. Raises InputError if there is none."""
    places: dict[tuple[Path, str], Path | None] = {}
    found: dict[Path, File] = {}
    missing: dict[str, int] = {}
    for one in recordings:
        named = one.source.parent, one.video
        if named not in places:
            places[named] = media.find(one.source, one.video)
        path = places[named]
        if path is None and one.trimmed and (path := media.find(one.source, one.trimmed)):
            one = replace(one, segments=tuple(segment._replace(start=None, end=None) for segment in one.segments))
        if path is None:
            missing[one.video] = missing.get(one.video, 0) + len(one.segments)
        else:
            found.setdefault(path, File(path)).recordings.append(one)
    for name, segments in missing.items():
        left.add("a file that is not there", name)
        left.add("a segment of such a file", name, segments)
    if not found:
        first = f", such as {shown(next(iter(missing)))}" if missing else ""
        raise InputError(
            f"{media.folder}: holds none of the {len(missing)} media that the labels name{first}; name the folder that "
            "holds them with --media."
        )
    return list(found.values())


def fill(file: File, groups: Labels, settings: Settings, left: Tally, noted: Tally) -> None:
    """Give a file its lines; `left` counts what is left out, `noted` what is worth a look."""
    name = file.path.name
    segments = [segment for one in file.recordings for segment in one.segments]
    complete = [Segment("", *span) for one in file.recordings for span in one.complete]  # stretches, whatever holds
    if not segments and (settings.window or not complete):
        left.add("a file without a label", name)
        return
    try:
        file.length = round(duration(file.path), 6)
    except InputError as error:
        left.add("a file that cannot be read", f"{error}")
        left.add("a segment of such a file", name, len(segments))
        return
    stated = (one.duration for one in file.recordings)
    if any(abs(other - file.length) > OTHER_LENGTH for other in stated if other is not None):
        noted.add("a file that has another length than the source says", name)
    if settings.unchecked:
        noted.add("a segment that nobody has checked counts", name, sum(not one.checked for one in segments))
        segments = [one._replace(checked=True) for one in segments]
    inside = list(placed(segments, file.length, name, left, noted))
    whole = placed(complete, file.length, name, left, noted)
    file.lines = list(lines(_spans(file, [*inside, *whole], settings), inside, groups, name, left))
    checked = [one for one in inside if one.checked]
    left.add("a segment that nobody has checked", name, len(inside) - len(checked))
    left.add("a segment that is in no line", name, unseen(checked, file.lines))
    if not file.lines:
        left.add("a file of which no line came about", name)


def _spans(file: File, segments: Sequence[Placed], settings: Settings) -> list[Span]:
    """What is to be a line."""
    if settings.window is None:
        return own_spans(segments)
    spans = regular(file.length, settings.window, settings.stride or settings.window)
    return [Span(round(span.start, 6), round(span.end, 6)) for span in spans]
