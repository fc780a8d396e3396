"""Finding configs and user folders: in the working directory, then in MMF's own places, then beside the plugin."""

import os
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from omegaconf import DictConfig

from mmf_mixer.compat.mending import mend
from mmf_mixer.errors import InputError
from mmf_mixer.paths import data_root
from mmf_mixer.settings import read_with_includes


@mend("mmf.utils.general")
def our_files_are_found(module: ModuleType) -> bool:
    """MMF looks for a relative path in the working directory and beside itself; our configs lie beside us."""
    stock = module.get_absolute_path

    @wraps(stock)
    def get_absolute_path(paths: Any) -> Any:
        found = stock(paths)
        if isinstance(found, str) and "://" not in found and not os.path.exists(found):
            ours = data_root() / found
            return str(ours) if ours.exists() else found
        return found

    module.get_absolute_path = get_absolute_path  # type: ignore[attr-defined]
    return True


@mend("mmf.utils.configuration")
def default_config(module: ModuleType) -> bool:
    """The package release was built without its configs; ours holds a default for every key it reads."""
    if os.path.exists(module.get_default_config_path()):
        return False

    def get_default_config_path() -> str:
        return str(data_root() / "configs" / "mmf" / "defaults.yaml")

    module.get_default_config_path = get_default_config_path  # type: ignore[attr-defined]
    return True


@mend("mmf.utils.configuration")
def readable_yaml(module: ModuleType) -> bool:
    """MMF's `includes` do not reach the plugin's folders, and a missing or broken file ends in a traceback."""

    def find(name: str, includer: str | None) -> str:
        places = (Path(module.get_mmf_root()) / name, Path(includer).parent / name) if includer else ()
        path = next((str(place) for place in places if place.exists()), name)
        found = module.get_absolute_path(path)
        if not os.path.exists(found):  # as `file.py/../a.yaml`, which MMF tries at last
            beside_mmf = os.path.abspath(os.path.join(module.get_mmf_root(), name))
            found = beside_mmf if os.path.exists(beside_mmf) else found
        return str(module.PathManager.get_local_path(found))

    def load_yaml(f: str) -> DictConfig:
        return read_with_includes(f, find)

    module.load_yaml = load_yaml  # type: ignore[attr-defined]
    return True


@mend("mmf.utils.env")
def user_folder(module: ModuleType) -> bool:
    """A user_dir that does not exist, or ends in a slash, makes MMF import a module with a nonsensical name."""
    stock = module.import_user_module

    @wraps(stock)
    def import_user_module(user_dir: str, *args: object, **kwargs: object) -> None:
        from mmf.utils.general import get_absolute_path

        if user_dir and not os.path.exists(get_absolute_path(user_dir)):
            raise InputError(f"env.user_dir: there is no folder {user_dir} to import; name one with an __init__.py.")
        stock(user_dir.rstrip("/") if user_dir else user_dir, *args, **kwargs)

    module.import_user_module = import_user_module  # type: ignore[attr-defined]
    return True
