"""Which release of MMF is installed, and where."""

import sys
from functools import cache
from pathlib import Path
from typing import Literal

Release = Literal["package", "source"]


@cache
def mmf_folder() -> Path | None:
    """The folder of the `mmf` package that `import mmf` would find, or None; nothing is imported."""
    for finder in sys.meta_path:
        ours = getattr(finder, "mends_mmf", False)  # it would import the mends, which ask for the release
        spec = None if ours else finder.find_spec("mmf", None)
        if spec is not None and spec.origin is not None:
            return Path(spec.origin).parent
    return None


@cache
def mmf_release() -> Release | None:
    """ "package" for 1.0.0rc10 from the package index, "source" for a checkout of MMF's main branch.

    They are told apart by what they hold: only the source release has trainer callbacks. Version numbers will
    not do, as a checkout need not be installed.
    """
    folder = mmf_folder()
    if folder is None:
        return None
    return "source" if (folder / "trainers" / "callbacks").is_dir() else "package"


@cache
def mmf_version() -> str | None:
    """The version that MMF's own version.py states, or None without MMF; nothing is imported."""
    folder = mmf_folder()
    if folder is None:
        return None
    return (folder / "version.py").read_text().partition('__version__ = "')[2].partition('"')[0]


def is_package_release() -> bool:
    """True beside `mmf==1.0.0rc10`."""
    return mmf_release() == "package"
