"""The files of a dataset folder, written."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from mmf_mixer.data.clip import Labels
from mmf_mixer.data.folder import LABELS
from mmf_mixer.files import write_text


def write_labels(root: Path, labels: Labels) -> None:
    """Write `labels.yaml`, with groups and labels in their order."""
    write_text(root / LABELS, yaml.safe_dump({"groups": labels.written()}, sort_keys=False))


def write_lines(path: Path, lines: Iterable[Mapping[str, object]]) -> None:
    """Write JSON Lines."""
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
