"""The files that recordings name, found, and brought into a dataset folder without being cut."""

import os
import shutil
from functools import cached_property
from itertools import accumulate, takewhile
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from mmf_mixer.errors import InputError, shown
from mmf_mixer.files import link, replacing
from mmf_mixer.labels.readers.reading import files_below
from mmf_mixer.media.captions import FORMATS
from mmf_mixer.media.suffixes import SOUND, VIDEO


class Media:
    """The media files below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def by_name(self) -> dict[str, list[Path]]:
        """All of them, by name and by name without ending."""
        names: dict[str, list[Path]] = {}
        for path in files_below(self.folder):
            if path.suffix.lower() in VIDEO + SOUND:
                names.setdefault(path.name, []).append(path)
                names.setdefault(path.stem, []).append(path)
        return names

    def find(self, source: Path, name: str) -> Path | None:
        """The file that the labels of the file `source` name, without links.

        It is at its path, from the labels' file or from the folder; else it is the one below the folder of that name,
        or of that name without an ending, that has most folders in common with it. Raises InputError if several
        have.
        """
        spellings = dict.fromkeys((name, unquote(name)))
        for written in spellings:
            for base in (source.parent, self.folder):
                if os.path.isfile(path := base / written):
                    return path.resolve()
        for written in spellings:
            *folders, own = PurePosixPath(written.replace("\\", "/")).parts or ("",)
            alike = {path: _shared(path, folders) for path in self.by_name.get(own, ())}
            best = [path for path, shared in alike.items() if shared == max(alike.values())]
            if len(best) > 1:
                raise InputError(
                    f"{source}: {shown(name)} may be {best[0]} or {best[1]}; name it with its "
                    "folder, or a folder that holds one of them with --media."
                )
            if best:
                return best[0].resolve()
        return None


def _shared(path: Path, folders: list[str]) -> int:
    """How many folders a file's path and another have in common, from the file upwards."""
    pairs = zip(reversed(path.parent.parts), reversed(folders), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def is_sound(path: Path) -> bool:
    """Whether a file has no pictures, by its name."""
    return path.suffix.lower() in SOUND


def captions_in(folder: Path) -> dict[str, list[Path]]:
    """The caption files in a folder by each name that their media may have: `a.en.srt` is of `a` or of `a.en`."""
    found: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        if path.suffix.lower() in FORMATS:
            for stem in accumulate(path.stem.split("."), "{}.{}".format):
                found.setdefault(stem, []).append(path)
    return found


def bring(path: Path, name: Path, copy: bool) -> bool:
    """Give a file a second name, or copy it; returns whether it is the same file. Raises InputError if the disk is
    full."""
    name.parent.mkdir(parents=True, exist_ok=True)
    if copy:
        with replacing(name) as scratch:
            shutil.copyfile(path, scratch)
    else:
        link(path, name)
    return path.samefile(name)
