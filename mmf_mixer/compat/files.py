"""Finding configs and user folders: in the working directory, then in MMF's own places, then beside the plugin."""

import os
from collections.abc import Sequence
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mmf_mixer.compat.mending import mend
from mmf_mixer.errors import InputError
from mmf_mixer.paths import data_root


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

    def find_include(include: str, includer: str) -> str:
        places = (Path(module.get_mmf_root()) / include, Path(includer).parent / include)
        return next((str(place) for place in places if place.exists()), include)

    def load_yaml(f: str) -> DictConfig:
        path = module.get_absolute_path(f)
        mapping = read_mapping(module.PathManager.get_local_path(path), shown_as=f)
        includes = mapping.pop("includes", [])
        if isinstance(includes, str) or not isinstance(includes, Sequence):
            raise InputError(f"{path}: includes must be a list of files, not {includes!r}.")
        included = [load_yaml(find_include(include, path)) for include in includes]
        merged = OmegaConf.merge(*included, mapping)
        assert isinstance(merged, DictConfig)
        return merged

    module.load_yaml = load_yaml  # type: ignore[attr-defined]
    return True


def read_mapping(path: str, shown_as: str) -> DictConfig:
    """The mapping in a YAML file. Raises InputError if there is no such file, or it holds something else."""
    if not os.path.isfile(path):
        raise InputError(
            f"There is no config file {shown_as}: a path is looked up from the working directory, "
            "then beside MMF, then among the plugin's own configs and projects."
        )
    try:
        mapping = OmegaConf.load(path)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise InputError(f"{path}, line {line}: not valid YAML: {error.problem}.") from error
    except (yaml.YAMLError, UnicodeDecodeError, OmegaConfBaseException) as error:
        raise InputError(f"{path}: not a valid config: {str(error).splitlines()[0]}.") from error
    if isinstance(mapping, ListConfig) or not isinstance(mapping, DictConfig):
        raise InputError(f"{path}: a config must be a mapping of keys to values.")
    return mapping


@mend("mmf.utils.env")
def user_folder(module: ModuleType) -> bool:
    """A user_dir that does not exist, or ends in a slash, makes MMF import a module with a nonsensical name."""
    stock = module.import_user_module

    @wraps(stock)
    def import_user_module(user_dir: str, *args: Any, **kwargs: Any) -> None:
        from mmf.utils.general import get_absolute_path

        if user_dir and not os.path.exists(get_absolute_path(user_dir)):
            raise InputError(f"env.user_dir: there is no folder {user_dir} to import; name one with an __init__.py.")
        stock(user_dir.rstrip("/") if user_dir else user_dir, *args, **kwargs)

    module.import_user_module = import_user_module  # type: ignore[attr-defined]
    return True
