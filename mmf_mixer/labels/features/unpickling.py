"""Pickles of arrays and plain values, read without running what else they may hold."""

import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy._core import multiarray, numeric  # what pickles of arrays name

from mmf_mixer.errors import InputError, shown
from mmf_mixer.limits import opened


def _latin1(text: str, encoding: str) -> bytes:
    """Bytes as Python 2 and protocol 2 write them."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"it asks for the codec {shown(encoding)}")
    return text.encode("latin-1")


def _reconstruct(kind: type, shape: tuple[int, ...], code: bytes) -> Any:
    """An empty array, which its state fills."""
    if shape != (0,):
        raise pickle.UnpicklingError(f"it asks for an array of shape {shown(shape)} without values")
    return multiarray._reconstruct(kind, shape, code)


ARRAYS: dict[str, Callable[..., Any]] = {
    "_reconstruct": _reconstruct,
    "scalar": multiarray.scalar,
    "_frombuffer": numeric._frombuffer,  # type: ignore[attr-defined]
    "ndarray": np.ndarray,
    "dtype": np.dtype,
}
KNOWN: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("numpy", "numpy.core.multiarray", "numpy._core.multiarray"), ARRAYS),
    **dict.fromkeys(("numpy.core.numeric", "numpy._core.numeric"), ARRAYS),
    "collections": {"OrderedDict": OrderedDict},
    "_codecs": {"encode": _latin1},
}


class ArraysOnly(pickle._Unpickler):  # in Python: C's makes room for any number
    """Knows arrays and plain types, and nothing that runs."""

    def find_class(self, module: str, name: str) -> Any:
        """Raises UnpicklingError for all else."""
        try:
            return KNOWN[module][name]
        except KeyError:
            raise pickle.UnpicklingError(f"it holds a {shown(f'{module}.{name}')}") from None

    def persistent_load(self, pid: object) -> NoReturn:
        """Raises UnpicklingError."""
        raise pickle.UnpicklingError("it refers to other files")


def read_pickle(path: Path) -> Any:
    """What a pickle holds, if these are arrays, text, numbers, lists and mappings. Raises InputError for all else."""
    with opened(path) as file:
        try:
            return ArraysOnly(file, encoding="latin1").load()
        except Exception as error:  # a pickle is a program, and may fail in any way
            reason = f"{error}" if isinstance(error, pickle.UnpicklingError) else "it is damaged, or no pickle"
            raise InputError(
                f"{path}: cannot be read ({reason}); save arrays, text and numbers only, as .npz or HDF5."
            ) from None
