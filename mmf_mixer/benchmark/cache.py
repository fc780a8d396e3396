"""When a row need not be trained again: the key of everything that determines what comes of it.

Counted are the options; the config with its includes, but for its `benchmark` section, of which a row's options hold
what concerns it; every file and folder that either names; the code and default configs of the package; and the
versions of the libraries. Not counted are the media of the dataset folder, whose annotations are, and the machine.
"""

import hashlib
import json
import platform
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from mmf_mixer.compat.releases import mmf_version
from mmf_mixer.paths import PACKAGE, data_root
from mmf_mixer.store.manifest import MANIFEST, sha256

ROOMS = ("compat", "datasets", "encoders", "features", "media", "models", "modules", "processors")
FILES = (  # of other rooms: what trains and measures a row
    *("__init__.py", "config.py", "plugin.py"),
    *(f"benchmark/{name}.py" for name in ("late_fusion", "row", "scores")),
    *(f"interpret/{name}.py" for name in ("evidence", "places", "run", "scoring", "subsets", "usage")),
)
LIBRARIES = ("torch", "torchvision", "torchaudio", "transformers", "numpy", "scikit-learn", "omegaconf")


def key_of(config: DictConfig, options: Sequence[str]) -> str:
    """The key of a training, as hexadecimal digits.

    Args:
        config: from `read_config`.
        options: of the training, without `env.save_dir`.
    """
    plain: Any = OmegaConf.to_container(config)
    plain.pop("benchmark", None)
    values = [*_strings(plain), *(option.partition("=")[2] for option in options)]
    whole: dict[str, Any] = {
        "options": list(options),
        "config": plain,
        "files": {value: digest for value in sorted(set(values)) if (digest := digest_at(value))},
        "code": code_digest(),
        "versions": versions(),
    }
    return digest_of(whole)


def digest_of(content: Any) -> str:
    """The SHA-256 of plain data."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def digest_at(name: str) -> str | None:
    """The SHA-256 of the file of that name, or of what the folder of that name holds; None if it is neither.

    Of a feature store the manifest is enough, for it has the hash of each shard, and of a Python package, as
    `env.user_dir` names, its modules. Folders inside a folder are left out.
    """
    try:
        path = next(filter(Path.exists, (Path(name).expanduser(), data_root() / name)), None) if name else None
    except (OSError, ValueError, RuntimeError):  # too long, or nothing like a path
        return None
    if path is None:
        return None
    if path.is_file():
        return _file(path, path.stat().st_mtime_ns)
    manifest = path / MANIFEST
    files = [manifest] if manifest.is_file() else sorted(filter(Path.is_file, path.iterdir()))
    if (path / "__init__.py").is_file():
        files = [file for file in files if file.suffix == ".py"]
    return digest_of({file.name: _file(file, file.stat().st_mtime_ns) for file in files})


@cache
def _file(path: Path, changed: int) -> str:
    return sha256(path)


@cache
def code_digest() -> str:
    """The SHA-256 of the code and the default configs that a row's outcome hangs on."""
    files = [path for room in ROOMS for path in (PACKAGE / room).rglob("*.py")]
    files += [PACKAGE / name for name in FILES]
    files += (data_root() / "configs").rglob("*.yaml")
    return digest_of({str(file.relative_to(data_root())): sha256(file) for file in sorted(files)})


@cache
def versions() -> dict[str, str | None]:
    """Of Python, MMF, and the libraries that compute."""
    found: dict[str, str | None] = {"python": platform.python_version(), "mmf": mmf_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def _strings(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        content = list(content.values())
    if isinstance(content, list):
        for value in content:
            yield from _strings(value)
    elif isinstance(content, str):
        yield content
