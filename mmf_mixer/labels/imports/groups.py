"""Labels in groups, over all recordings."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.errors import InputError, nearest, shown
from mmf_mixer.labels.readers.recording import NO_GROUP, Recording


def grouped(recording: Recording, group: str) -> Recording:
    """The recording with all of its labels as "group/label": `group` is that of those without one."""

    def full(label: str) -> str:
        first, _, rest = label.partition("/")
        return label if first.strip() and rest.strip() else f"{group}/{label}"

    left = recording.left_out.copy()
    left["a segment without a label"] += sum(not one.label for one in recording.segments)
    return replace(
        recording,
        segments=tuple(one._replace(label=full(one.label)) for one in recording.segments if one.label),
        labels=tuple(full(label) for label in recording.labels if label),
        exclusive=frozenset(group if name == NO_GROUP else name for name in recording.exclusive),
        left_out=left,
    )


def names_of(recordings: Iterable[Recording]) -> list[str]:
    """All labels: those that a source lists, in its order, then by name those that only occur."""
    listed = dict.fromkeys(label for one in recordings for label in one.labels)
    return list(listed | dict.fromkeys(sorted({segment.label for one in recordings for segment in one.segments})))


def groups_of(names: Iterable[str], exclusive: Collection[str]) -> Labels:
    """The groups of labels that are called "group/label"."""
    groups: dict[str, list[str]] = {}
    for name in names:
        group, _, label = name.partition("/")
        groups.setdefault(group, []).append(label)
    return Labels(tuple(LabelGroup(group, group in exclusive, tuple(labels)) for group, labels in groups.items()))


def exclusive_of(recordings: Sequence[Recording], wanted: Collection[str], names: Iterable[str]) -> set[str]:
    """The groups that are to be exclusive, and those of which the source says it. Raises InputError for one that is not
    there."""
    groups = dict.fromkeys(name.partition("/")[0] for name in names)
    for group in wanted:
        if group not in groups:
            close = nearest(group, groups)
            meant = f" (did you mean {shown(close)}?)" if close else ""
            raise InputError(
                f"--exclusive: there is no group {shown(group)}{meant}; the groups are {shown(', '.join(groups))}."
            )
    return set(wanted).union(*(one.exclusive for one in recordings))
