"""Clips that have features in place of media, each with its labels."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.errors import InputError
from mmf_mixer.labels.features.parts import Array, Part, classes, parts_of
from mmf_mixer.labels.features.source import read_nest
from mmf_mixer.labels.imports.groups import exclusive_of, grouped, groups_of, names_of
from mmf_mixer.labels.imports.tally import Tally
from mmf_mixer.labels.readers.reading import written_by
from mmf_mixer.labels.readers.table import table

TABLE = "labels.csv"  # in a folder of arrays


class GivenClip(NamedTuple):
    """A clip: of each modality that it has T x D, and its labels as "group/label". `split` is None if none is said."""

    id: str
    split: str | None
    modalities: dict[str, Array]
    labels: tuple[str, ...]


def given_clips(
    source: Path, labels: str | None, group: str, exclusive: Sequence[str], edges: Sequence[float], left: Tally
) -> tuple[list[GivenClip], Labels]:
    """The clips of a source, and all their labels; what has no part in them is counted in `left`.

    Args:
        source: see `read_nest`.
        labels: a table in CSV, or the field of labels; None = `labels.csv` in a folder, or a field as `parts_of` finds.
        group: of labels that are written without one.
        exclusive: groups of a table of which one label holds at a time.
        edges: where labels that are numbers part into classes.

    Raises:
        InputError: the source or its labels cannot be read.
    """
    named = Path(labels) if labels and Path(labels).is_file() else source / TABLE
    in_table = named.is_file()
    nest = read_nest(source)
    with written_by("MMSA", source):
        parts = parts_of(nest, source, None if in_table else labels)
    for part in parts:
        for name in part.left:
            left.add("a field that is no array of features", name)
    if in_table and edges:
        raise InputError("import features: --edges is of labels in a field, not in a table; leave it out.")
    if in_table:
        return _by_table(parts, named, group, exclusive, left)
    if any(part.labels is None for part in parts):
        raise InputError(
            f"{source}: labels are in none of its fields; name a table with the columns id, label and split by "
            "--labels, or the field that has them."
        )
    if exclusive:
        raise InputError(
            "import features: --exclusive is of labels in a table; leave it out, for a field says it itself."
        )
    return _by_field(parts, source, group, edges)


def _by_field(
    parts: Sequence[Part], source: Path, group: str, edges: Sequence[float]
) -> tuple[list[GivenClip], Labels]:
    try:
        found = classes(np.concatenate([np.asarray(part.labels) for part in parts]), edges, parts[0].columns)
    except ValueError as error:  # an InputError is one
        raise InputError(f"{source}: {error}") from None
    labels = iter(found.of_clips)
    clips = [
        GivenClip(id, part.split, _at(part, place), tuple(f"{group}/{name}" for name in next(labels)))
        for part in parts
        for place, id in enumerate(part.ids)
    ]
    return clips, Labels((LabelGroup(group, found.exclusive, tuple(found.names)),))


def _by_table(
    parts: Sequence[Part], path: Path, group: str, exclusive: Sequence[str], left: Tally
) -> tuple[list[GivenClip], Labels]:
    recordings = [grouped(one, group) for one in table(path)]
    names = names_of(recordings)
    labels: dict[str, dict[str, None]] = {}
    splits: dict[str, str | None] = {}
    for one in recordings:
        labels.setdefault(one.video, {}).update(dict.fromkeys(segment.label for segment in one.segments))
        if splits.setdefault(one.video, one.split) != one.split:
            raise InputError(f"{path}: {one.video} is in two splits; correct it.")
    clips = []
    for part in parts:
        for place, id in enumerate(part.ids):
            if id in labels:
                clips.append(GivenClip(id, part.split or splits[id], _at(part, place), tuple(labels.pop(id))))
            else:
                left.add("a clip without a label", id)
    for id in labels:
        left.add("a label of a clip that has no features", id)
    return clips, groups_of(names, exclusive_of(recordings, exclusive, names))


def _at(part: Part, place: int) -> dict[str, Array]:
    found: Mapping[str, Array] = {key: values[place] for key, values in part.modalities.items()}
    return {key: values for key, values in found.items() if values.size}
