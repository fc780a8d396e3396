"""The master file of an annotation, as `annotate` writes it and its page corrects it."""

from collections import Counter
from pathlib import Path

from mmf_mixer.annotate.annotation import Annotation
from mmf_mixer.labels.readers.reading import label_of, seconds, written_by
from mmf_mixer.labels.readers.recording import Recording, Segment


def annotation(source: Path) -> list[Recording]:
    """The one recording of a master file. What a person has accepted, edited or added is checked; what is rejected
    is left out. Raises InputError if it is none."""
    found = Annotation.read(source)
    with written_by("annotate", source):
        segments = (
            Segment(label_of(one.label), seconds(one.start), seconds(one.end), one.checked) for one in found.kept
        )
        return [
            Recording(
                source,
                found.video,
                tuple(segments),
                duration=seconds(found.duration),
                labels=tuple(map(label_of, found.labels.names)),
                exclusive=frozenset(label_of(group.name) for group in found.labels.groups if group.exclusive),
                complete=tuple((seconds(start), seconds(end)) for start, end in found.complete),
                left_out=Counter({"a segment that was rejected": len(found.segments) - len(found.kept)}),
            )
        ]
