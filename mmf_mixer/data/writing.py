"""The files of a dataset folder, written."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from mmf_mixer.data.clip import Labels
from mmf_mixer.data.folder import LABELS, read_anew
from mmf_mixer.errors import InputError
from mmf_mixer.files import write_text


def write_labels(root: Path, labels: Labels) -> None:
    """Write `labels.yaml`, with groups and labels in their order."""
    write_text(root / LABELS, yaml.safe_dump({"groups": labels.written()}, sort_keys=False))


def write_lines(path: Path, lines: Iterable[Mapping[str, object]]) -> None:
    """Write JSON Lines."""
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def read_built(building: Path, out: Path) -> None:
    """Read a folder as training reads it before it gets its name `out`. Raises InputError, which names `out`."""
    try:
        read_anew(building)
    except InputError as error:
        raise InputError(f"{error}".replace(str(building), str(out))) from None
