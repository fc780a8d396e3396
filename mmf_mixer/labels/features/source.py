"""Files of arrays, each as one nest of mappings whose leaves are arrays or lists of text."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from safetensors.numpy import load_file

from mmf_mixer.errors import InputError, first_sentence
from mmf_mixer.labels.features.unpickling import read_pickle
from mmf_mixer.labels.readers.reading import files_below
from mmf_mixer.limits import FEATURES_BYTES, opened

Nest = dict[str, Any]


def read_nest(source: Path) -> Nest:
    """What a file holds, or a folder with a `.npy` or `.npz` for each clip: `KEY/ID.npy` or `ID.npz`.

    Raises:
        InputError: it is of no such kind, cannot be read, or is larger than memory is here.
    """
    if source.is_dir():
        return _folder(source)
    if source.suffix.lower() not in READERS:
        raise InputError(f"{source}: is none of {', '.join(READERS)} nor a folder of .npy or .npz; convert it.")
    with opened(source, FEATURES_BYTES):
        pass
    try:
        found = READERS[source.suffix.lower()](source)
    except InputError:
        raise
    except Exception as error:  # three libraries, each with errors of its own
        raise InputError(f"{source}: cannot be read ({first_sentence(error)}); save it anew.") from None
    if not isinstance(found, Mapping):
        raise InputError(f"{source}: holds a {type(found).__name__}, but a mapping of splits or clips is wanted.")
    return dict(found)


def _npz(path: Path) -> Nest:
    with np.load(path, allow_pickle=False) as file:
        return _nested(file)


def _hdf5(path: Path) -> Nest:
    with h5py.File(path, "r") as file:
        total = 0

        def read(group: h5py.Group) -> Nest:
            nonlocal total
            nest: Nest = {}
            for name in group:
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise InputError(f"{path}: {name} is a link; save the arrays themselves.")
                entry = group[name]
                total += entry.nbytes if isinstance(entry, h5py.Dataset) else 0
                if total > FEATURES_BYTES:
                    raise InputError(f"{path}: unfolds to over {FEATURES_BYTES:,} bytes; split it.")
                nest[name] = read(entry) if isinstance(entry, h5py.Group) else _array(entry)
            return nest

        return read(file)


def _array(dataset: h5py.Dataset) -> Any:
    return dataset.asstr()[()] if h5py.check_string_dtype(dataset.dtype) else dataset[()]


def _nested(flat: Mapping[str, Any]) -> Nest:
    """Names such as "train/text", or all of the form "train.text", are paths."""
    nest: Nest = {}
    separator = "/" if any("/" in name for name in flat) else "."
    for name in flat:
        *folders, last = name.split(separator)
        place = nest
        for folder in folders:
            place = place.setdefault(folder, {})
            if not isinstance(place, dict):
                raise ValueError(f"{folder} is both an array and a group")
        place[last] = flat[name]
    return nest


def _folder(source: Path) -> Nest:
    nest: Nest = {}
    for path, name in _arrays_in(source):
        try:
            if path.suffix == ".npz":
                with np.load(path, allow_pickle=False) as file:
                    nest[name] = dict(file)
            elif "/" in name:
                key, _, name = name.partition("/")
                nest.setdefault(key, {})[name] = np.load(path, allow_pickle=False)
            else:
                raise InputError(f"{path}: lies in no folder that names its modality; put it into one, as audio/.")
        except (OSError, ValueError, EOFError) as error:
            raise InputError(f"{path}: cannot be read as an array ({first_sentence(error)}); save it anew.") from None
    if not nest:
        raise InputError(f"{source}: holds no .npy or .npz; name the file or folder that has the features.")
    return nest


def _arrays_in(source: Path) -> Iterator[tuple[Path, str]]:
    """Each array's file, and its path below the folder, without the ending."""
    total = 0
    for path in files_below(source):
        if path.suffix in (".npy", ".npz"):
            total += path.stat().st_size
            if total > FEATURES_BYTES:
                raise InputError(f"{source}: holds over {FEATURES_BYTES:,} bytes of arrays; import a part of them.")
            yield path, path.relative_to(source).with_suffix("").as_posix()


READERS: dict[str, Callable[[Path], Any]] = {
    ".pkl": read_pickle,
    ".pickle": read_pickle,
    ".npz": _npz,
    ".h5": _hdf5,
    ".hdf5": _hdf5,
    ".safetensors": lambda path: _nested(load_file(path)),
}
