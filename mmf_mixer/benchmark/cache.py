"""When a row need not be trained again: the key of everything that determines it.

The key covers the options of the row; the config with its includes, but not its `benchmark` section, since the options
repeat what that says of the row; all files and folders that options and config name; the code that trains and measures
a row, with all that it imports; the default configs; and the versions of the libraries that this code imports. Of the
dataset folder it covers the annotations, not the media. The machine has no part in it.
"""

import hashlib
import json
import platform
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from mmf_mixer.benchmark.closure import libraries, modules
from mmf_mixer.paths import data_root
from mmf_mixer.protocols import Json
from mmf_mixer.releases import mmf_version
from mmf_mixer.store.manifest import MANIFEST, sha256

ROW, FUSION = "mmf_mixer.benchmark.row", "mmf_mixer.benchmark.fused_row"  # what trains and measures a row


def key_of(config: DictConfig, options: Sequence[str]) -> str:
    """The key of a training, as hexadecimal digits.

    Args:
        config: from `read_config`.
        options: of the training, without `env.save_dir`.
    """
    plain: Any = OmegaConf.to_container(config)
    plain.pop("benchmark", None)
    values = [*_strings(plain), *(option.partition("=")[2] for option in options)]
    whole: Json = {
        "options": list(options),
        "config": plain,
        "files": {value: digest for value in sorted(set(values)) if (digest := digest_at(value))},
        "code": code_digest(ROW),
        "versions": versions(),
    }
    return digest_of(whole)


def digest_of(content: object) -> str:
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
def code_digest(*roots: str) -> str:
    """The SHA-256 of all code that these modules import, and of the default configs."""
    files = [*modules(*roots).values(), *(data_root() / "configs").rglob("*.yaml")]
    return digest_of({file.name: sorted(sha256(each) for each in files if each.name == file.name) for file in files})


@cache
def versions() -> dict[str, str | None]:
    """Of Python, MMF, and the libraries that compute what comes of a row."""
    return {"python": platform.python_version(), "mmf": mmf_version(), **libraries(ROW, FUSION)}


def _strings(content: object) -> Iterator[str]:
    if isinstance(content, dict):
        content = list(content.values())
    if isinstance(content, list):
        for value in content:
            yield from _strings(value)
    elif isinstance(content, str):
        yield content
