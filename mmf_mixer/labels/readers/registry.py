"""The readers by name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmf_mixer.annotate.exports.registry import EXPORTS
from mmf_mixer.errors import InputError
from mmf_mixer.labels.readers.activitynet import activitynet
from mmf_mixer.labels.readers.annotation import annotation
from mmf_mixer.labels.readers.elan import elan
from mmf_mixer.labels.readers.fiftyone import fiftyone
from mmf_mixer.labels.readers.folders import folders
from mmf_mixer.labels.readers.label_studio import label_studio
from mmf_mixer.labels.readers.reading import files_below
from mmf_mixer.labels.readers.recording import Recording
from mmf_mixer.labels.readers.table import table
from mmf_mixer.labels.readers.via import via

EXPORTED = {one.suffix for one in EXPORTS.values()}  # how the files end that lie beside an annotation


@dataclass(frozen=True)
class Kind:
    """A format: what it is, its reader, how its files end, and the reader's options.

    `ours` is how the files of it that `annotate` writes end.
    """

    what: str
    read: Callable[..., list[Recording]]
    suffix: str | None = ".json"
    ours: str | None = None
    options: tuple[str, ...] = ()


KINDS = {
    "elan": Kind("ELAN's annotations", elan, ".eaf", ".eaf", ("tiers",)),
    "label_studio": Kind("Label Studio's tasks", label_studio, ours=".label-studio.json", options=("frame_rate",)),
    "via": Kind("a project of VIA 3", via, ours=".via.json"),
    "fiftyone": Kind("FiftyOne's temporal detections", fiftyone, ours=".fiftyone.json", options=("frame_rate",)),
    "activitynet": Kind("ActivityNet's ground truth", activitynet, ours=".activitynet.json"),
    "csv": Kind("a table", table, ".csv", ".csv", ("columns",)),
    "folders": Kind("a folder for each label", folders, None),
    "annotation": Kind("annotations of `mmf_mixer annotate`", annotation),
}


def read(name: str, source: Path, **options: Any) -> list[Recording]:
    """What a file, or each file of the kind in a folder, says.

    Args:
        name: of the kind.
        source: the file or folder.
        options: of the reader; those that are None or empty are not given.

    Raises:
        InputError: an option that the kind does not have, no such file, or one that cannot be read.
    """
    kind = KINDS[name]
    given = {option: value for option, value in options.items() if value}
    for option in given:
        if option not in kind.options:
            those = " and ".join(other for other, one in KINDS.items() if option in one.options)
            raise InputError(f"import {name}: --{option.replace('_', '-')} is of {those}; leave it out.")
    if not source.exists():
        raise InputError(f"{source}: there is no such file or folder; correct the path.")
    files = [source] if kind.suffix is None or not source.is_dir() else list(_files(kind, source))
    if not files:
        raise InputError(f"{source}: holds no file of {kind.what} (*{kind.suffix}); name the file, or another folder.")
    return [recording for file in files for recording in kind.read(file, **given)]


def _files(kind: Kind, folder: Path) -> Iterator[Path]:
    """Those of the kind; where exports of an annotation lie together, each is of one kind alone."""
    those = [path for path in files_below(folder) if path.suffix == kind.suffix]
    ours = [path for path in those if kind.ours and path.name.endswith(kind.ours)]
    yield from ours or (path for path in those if not path.name.endswith(tuple(EXPORTED)))
