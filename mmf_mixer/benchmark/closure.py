"""Which code and which libraries the result of a module hangs on: all that it imports, also by way of others."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path

from mmf_mixer.paths import PACKAGE

ROOT = PACKAGE.parent


def modules(*roots: str) -> dict[str, Path]:
    """The modules of ours that these import, themselves included, with their files.

    Imports inside functions count, and so do modules that are named in a string, as `importlib` wants them; imports for
    type checkers alone do not.
    """
    found: dict[str, Path] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        file = _file(name)
        if file is None or name in found:
            continue
        found[name] = file
        waiting += [name.rpartition(".")[0], *_imports(file)]
    return found


def libraries(*roots: str) -> dict[str, str]:
    """The distributions of others that these modules import, with their versions."""
    tops = {name.partition(".")[0] for file in modules(*roots).values() for name in _imports(file)}
    known = packages_distributions()
    names = {distribution for top in tops for distribution in known.get(top, ()) if distribution != "mmf-mixer"}
    return {name: version(name) for name in sorted(names)}


def _file(name: str) -> Path | None:
    """Where a module of ours lies; None if it is none."""
    if name.partition(".")[0] not in ("mmf_mixer", "mmf_mixer_hook"):
        return None
    path = ROOT.joinpath(*name.split("."))
    return next(filter(Path.is_file, (path.with_suffix(".py"), path / "__init__.py")), None)


def _imports(file: Path) -> frozenset[str]:
    return _imports_of(file, file.stat().st_mtime_ns)


@cache
def _imports_of(file: Path, changed: int) -> frozenset[str]:
    return frozenset(_names(ast.parse(file.read_text())))


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("mmf_mixer."):
            yield node.value
        yield from _names(node)
