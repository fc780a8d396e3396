"""Mends MMF while Python imports it. A `.pth` line installs this at every start of Python, so it must stay small.

Nothing here imports torch, MMF or mmf_mixer until somebody imports `mmf`; not even `typing`, which costs more time
than all the rest of this file.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any


class MendingLoader:
    """Runs the module as its own loader would, with the mends that wait for it before and after."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def exec_module(self, module: ModuleType) -> None:
        from mmf_mixer.compat import mending

        mending.before(module)
        self.inner.exec_module(module)
        mending.after(module)


class MendingFinder:
    """Finds MMF's modules as the other finders do, and gives those with a mend a `MendingLoader`."""

    mends_mmf = True  # by which others know it on `sys.meta_path`
    plugin_imports_mmf = True  # whether `import mmf_mixer` is to import MMF; not while that is what goes on

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in ("mmf", "mmf_cli"):
            return None
        mending = import_mends()
        if fullname not in mending.waiting():
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                spec.loader = MendingLoader(spec.loader)  # type: ignore[assignment]
                return spec
        return None


def without_mmf() -> None:
    """From now on `import mmf_mixer` does not import MMF, which takes seconds. Processes that need none begin so."""
    MendingFinder.plugin_imports_mmf = False


def import_mends() -> Any:
    """The module `mending`, its list filled; MMF itself is not imported."""
    before, MendingFinder.plugin_imports_mmf = MendingFinder.plugin_imports_mmf, False
    try:
        from mmf_mixer import mends  # noqa: F401
        from mmf_mixer.compat import mending
    finally:
        MendingFinder.plugin_imports_mmf = before
    return mending


def install() -> None:
    """Put the finder first on `sys.meta_path`, once."""
    if not any(isinstance(finder, MendingFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, MendingFinder())
