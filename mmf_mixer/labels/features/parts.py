"""What a nest of arrays says: clips with their modalities and what labels them, by split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmf_mixer.errors import InputError, shown
from mmf_mixer.labels.readers.reading import label_of, split_of

LABELS = ("annotations", "classification_labels", "labels", "label", "regression_labels")  # the first that is there
IDS, NAMES, LENGTHS = ("id", "ids", "video_id"), "label_names", "_lengths"  # the last one after a modality's name
NO_FEATURES = ("raw_text", "text_bert")  # MMSA's own: words, and numbers of words

Array = NDArray[np.float32]


@dataclass
class Part:
    """N clips, of one split if the source knows any: of each modality N sequences of T x D, which may differ in T."""

    split: str | None
    ids: list[str]
    modalities: dict[str, list[Array]]
    labels: Any = None
    columns: list[str] = field(default_factory=list)  # names of those that labels have
    left: list[str] = field(default_factory=list)  # fields that are neither features nor what is said of clips


class Classes(NamedTuple):
    """All names in their order, those that each clip has, and whether that is always one."""

    names: list[str]
    of_clips: list[tuple[str, ...]]
    exclusive: bool


def parts_of(nest: Mapping[str, Any], source: Path, labels: str | None) -> list[Part]:
    """The parts of a nest: `{split: {field: N x ...}}`, `{modality: {id: T x D}}` or `{id: {modality: T x D}}`.

    Args:
        nest: as `read_nest` gives it.
        source: where it comes from.
        labels: the field of labels; None = the first of `LABELS` that is there, if any is.

    Raises:
        InputError: it is of another form, or its parts do not fit together.
    """
    nests = {name: value for name, value in nest.items() if isinstance(value, Mapping)}
    if not nests:
        raise InputError(f"{source}: has no mapping of splits or clips; its entries are {shown(', '.join(nest))}.")
    if all(split_of(name) for name in nests):
        return [_split(source, name, fields, labels) for name, fields in nests.items()]
    return [_by_clip(source, nests)]


def _split(source: Path, name: str, fields: Mapping[str, Any], wanted: str | None) -> Part:
    where = f"{source}: {name}"
    label = wanted or next((one for one in LABELS if one in fields), None)
    if label is not None and label not in fields:
        raise InputError(f"{where} has no field {shown(label)}; its fields are {shown(', '.join(fields))}.")
    modalities: dict[str, list[Array]] = {}
    counts: dict[str, int] = {}
    left = []
    for key, value in fields.items():
        if key in (label, *IDS, NAMES) or key.removesuffix(LENGTHS) != key:
            continue
        if key not in (*LABELS, *NO_FEATURES) and isinstance(value, np.ndarray) and value.ndim in (2, 3):
            modalities[key] = [_sequence(f"{where}/{key}", each) for each in value]
            if (lengths := fields.get(f"{key}{LENGTHS}")) is not None:
                counts[f"{key}{LENGTHS}"] = len(lengths)
                whole = zip(modalities[key], np.ravel(lengths), strict=False)
                modalities[key] = [each[: int(length)] for each, length in whole]
        else:
            left.append(f"{name}/{key}")
    if not modalities:
        raise InputError(
            f"{where} holds no array of clips x tokens x width; its fields are {shown(', '.join(fields))}."
        )
    counts |= {key: len(fields[key]) for key in modalities}
    number = len(fields[next(iter(modalities))])
    ids = next((fields[one] for one in IDS if one in fields), None)
    ids = [f"{name}-{place:06}" for place in range(number)] if ids is None else [_text(one) for one in ids]
    counts |= {"ids": len(ids)} | ({} if label is None else {label: len(fields[label])})
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{key} {count}" for key, count in counts.items())
        raise InputError(f"{where}: its fields have different numbers of clips ({told}); export it anew.")
    columns = [_text(one) for one in fields.get(NAMES, ())]
    return Part(split_of(name), ids, modalities, None if label is None else fields[label], columns, left)


def _by_clip(source: Path, nests: Mapping[str, Mapping[str, Any]]) -> Part:
    inner = dict.fromkeys(name for one in nests.values() for name in one)
    by_id = (
        nests
        if len(inner) < len(nests)
        else {id: {key: of[id] for key, of in nests.items() if id in of} for id in inner}
    )
    keys = list(dict.fromkeys(key for one in by_id.values() for key in one))
    modalities: dict[str, list[Array]] = {key: [] for key in keys}
    for id, one in by_id.items():
        for key in keys:
            found = np.zeros((0, 0), np.float32) if key not in one else _sequence(f"{source}: {id}/{key}", one[key])
            modalities[key].append(found)
    return Part(None, [_text(id) for id in by_id], modalities)


def _sequence(where: str, value: Any) -> Array:
    """T x D numbers. Raises InputError for what is none."""
    array = np.atleast_2d(np.asarray(value)) if np.ndim(value) else np.zeros((0, 0, 0))
    if array.ndim != 2 or array.dtype.kind not in "fiu":
        raise InputError(
            f"{where} is {shown(np.shape(value))} of {np.asarray(value).dtype}; tokens x width are wanted."
        )
    return array.astype(np.float32)


def _text(value: object) -> str:
    """An id or a label as text; MMSA's ids are text, and those of others may be bytes or numbers."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else f"{value}"


def classes(values: Any, edges: Sequence[float], columns: Sequence[str]) -> Classes:
    """What N clips are labelled with.

    Args:
        values: N words or whole numbers; N numbers, which `edges` part into classes; or N x L of 0 and 1.
        edges: ascending.
        columns: names of the L columns; without them they are numbered.

    Raises:
        InputError: they are of another kind.
    """
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if edges and (array.ndim != 1 or array.dtype.kind not in "iuf"):
        raise InputError("the labels are no numbers that --edges could part; leave it out, or name another field.")
    if array.ndim == 1 and array.dtype.kind in "USO":
        words = [label_of(_text(one)) for one in array.tolist()]
        return Classes(sorted(set(words)), [(word,) for word in words], exclusive=True)
    if array.dtype.kind not in "biuf" or array.ndim not in (1, 2) or not np.isfinite(array).all():
        raise InputError("the labels are neither words nor numbers; name another field with --labels.")
    if array.ndim == 2:
        names = list(columns) or [f"{number}" for number in range(array.shape[1])]
        if len(names) != array.shape[1] or not np.isin(array, (0, 1)).all():
            raise InputError(
                f"the labels are {array.shape[1]} columns with {len(names)} names; write 0 and 1 and as many "
                "label_names, or name another field with --labels."
            )
        held = [tuple(name for name, on in zip(names, row, strict=True) if on) for row in array]
        return Classes(names, held, exclusive=False)
    if edges:
        bounds = [f"{edge:g}" for edge in edges]
        between = [f"{low} to {high}" for low, high in zip(bounds, bounds[1:], strict=False)]
        names = [f"below {bounds[0]}", *between, f"from {bounds[-1]}"]
        return Classes(names, [(names[place],) for place in np.searchsorted(edges, array, "right")], exclusive=True)
    if (array != array.round()).any():
        raise InputError(
            "the labels lie between whole numbers; say with --edges where classes part, as --edges 0, or name another "
            "field with --labels."
        )
    return Classes([f"{int(one)}" for one in np.unique(array)], [(f"{int(one)}",) for one in array], exclusive=True)
