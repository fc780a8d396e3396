"""Mends MMF while Python imports it. A `.pth` line installs this at start-up, so it must stay small.

Nothing here imports torch, MMF or mmf_mixer until somebody imports `mmf`.
"""

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any, Sequence


class MendingLoader(Loader):
    """Runs the module as its own loader would, then applies the mends that wait for it."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self.inner.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        from mmf_mixer.compat import mending

        mending.before(module)
        self.inner.exec_module(module)
        mending.after(module)

    def get_code(self, fullname: str) -> CodeType | None:  # `python -m mmf_cli.run` asks for it
        code: CodeType | None = self.inner.get_code(fullname)
        return code


class MendingFinder(MetaPathFinder):
    """Finds MMF's modules as the other finders do, and gives those with a mend a `MendingLoader`."""

    loading = False  # True while `import mmf` is under way: `import mmf_mixer` must not start it again

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        root = fullname.partition(".")[0]
        if root not in ("mmf", "mmf_cli"):
            return None
        was_loading, MendingFinder.loading = MendingFinder.loading, True
        try:
            from mmf_mixer.compat import mending
        finally:
            MendingFinder.loading = was_loading
        if fullname not in mending.waiting():
            return None
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(fullname, path, target)) is not None:
                spec.loader = MendingLoader(spec.loader)
                return spec
        return None


def install() -> None:
    """Put the finder first on `sys.meta_path`, once."""
    if not any(isinstance(finder, MendingFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, MendingFinder())
