"""Weights of encoders: read without running code, downloaded or asked for in one sentence, and their digest."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import shorten
from weakref import WeakKeyDictionary

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision import models

from mmf_mixer.errors import InputError, first_sentence

_DIGESTS: WeakKeyDictionary[nn.Module, tuple[list[tuple[str, int, int]], str]] = WeakKeyDictionary()


def read_weights(path: Path) -> dict[str, Tensor]:
    """A state dict from a `.safetensors` or torch file; pickled code is never run.

    Raises:
        InputError: there is no such file, or it is not a state dict.
    """
    if not path.is_file():
        raise InputError(f"weights: {path} does not exist; give the path of a .safetensors or torch file.")
    try:
        state = load_file(path) if path.suffix == ".safetensors" else torch.load(path, "cpu", weights_only=True)
    except Exception as error:  # both loaders raise types of their own; the file is at fault in every case
        raise InputError(
            f"weights: {path} cannot be read as a state dict: it is cut off, no weights or holds code; replace it."
        ) from error
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        raise InputError(f"weights: {path} is a {type(state).__name__} of other things than tensors, not a state dict.")
    return dict(state)


def torchvision_file(arch: str) -> Path:
    """The default weights of a torchvision network in torchvision's own cache, downloaded if they are not there yet.

    Raises:
        InputError: they are not there and cannot be downloaded.
    """
    entry = models.get_model_weights(arch).DEFAULT
    path = Path(torch.hub.get_dir()) / "checkpoints" / Path(entry.url).name
    if not path.is_file():
        try:
            entry.get_state_dict(progress=True, check_hash=True, weights_only=True)
        except Exception as error:  # network, disk and a wrong hash raise types of their own
            raise InputError(
                f"{arch}: its weights {path.name} ({entry.meta['_file_size']:.0f} MB) are not in {path.parent} and "
                f"cannot be downloaded ({first_sentence(error)}); get {entry.url} and put it there, or set weights to "
                f"none or to the path of a state dict."
            ) from error
    return path


def load_weights(network: nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    """Give the network these weights, which `path` holds: all that it has, and no others.

    Raises:
        InputError: they are those of another network.
    """
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        difference = shorten(" ".join(str(error).splitlines()[1:]), 150, placeholder=" ...")
        raise InputError(
            f"weights: {path} is of another network than {type(network).__name__}: {difference}"
        ) from error


def part_for(network: nn.Module, state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Of a whole model's state dict the part whose names and shapes are those of `network`; all of it if none is."""
    wanted = {name: value.shape for name, value in network.state_dict().items()}
    some = next(iter(wanted))
    for prefix in [name.removesuffix(some) for name in state if name.endswith(f".{some}")]:
        part = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
        if {name: value.shape for name, value in part.items()} == wanted:
            return part
    return state


def weights_digest(encoder: nn.Module) -> str:
    """SHA-256 over names, types, shapes and values of all parameters and buffers, in hexadecimal.

    It is remembered until one of them is replaced or changed in place.
    """
    tensors = sorted([*encoder.named_parameters(), *encoder.named_buffers()])
    state = [(name, value.data_ptr(), value._version) for name, value in tensors]
    known = _DIGESTS.get(encoder)
    if known is None or known[0] != state:
        known = _DIGESTS[encoder] = (state, _digest(tensors))
    return known[1]


def _digest(tensors: Iterable[tuple[str, Tensor]]) -> str:
    digest = hashlib.sha256()
    for name, value in tensors:
        digest.update(f"{name} {value.dtype} {list(value.shape)}\n".encode())
        digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()
