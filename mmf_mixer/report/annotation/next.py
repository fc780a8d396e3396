"""The page of an annotation, opened at those of its windows that are to be labelled next."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from mmf_mixer.files import write_text
from mmf_mixer.labels.suggest.suggest import Suggestion
from mmf_mixer.protocols import Json
from mmf_mixer.report.annotation.page import annotation_page


def write_next_page(path: Path, master: Json, lines: Sequence[Json], found: Sequence[Suggestion]) -> Path:
    """Write the page, and return its path. Raises InputError on a full disk.

    Args:
        path: of the page, beside the master file, so that it finds the video.
        master: what the master file holds.
        lines: of all windows.
        found: what was chosen of them.
    """
    windows = [{name: lines[each.index][name] for name in ("start", "end")} | asdict(each) for each in found]
    write_text(path, annotation_page(master, windows))
    return path
