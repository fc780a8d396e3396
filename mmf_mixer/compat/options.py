"""How MMF reads the options of its command line."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from omegaconf import DictConfig, OmegaConf

from mmf_mixer.compat.mending import mend
from mmf_mixer.options import merge_options, read_value, split_options

# What MMF must know before it has a config.
SETUP_KEYS = ("config", "model", "dataset", "datasets", "env.user_dir", "mmf_mixer.strict")


@mend("mmf.utils.configuration")
def options_mean_what_they_say(module: ModuleType) -> bool:
    """MMF leaves true, false and null as strings, crashes on a value with `=`, and ignores an option for a section."""
    if hasattr(module, "_merge_with_dotlist"):
        module._merge_with_dotlist = merge_options  # type: ignore[attr-defined]
    else:
        module.Configuration._merge_with_dotlist = lambda self, config, opts: merge_options(config, opts)
    return True


@mend("mmf.utils.configuration")
def options_left_out(module: ModuleType) -> bool:
    """MMF asks its option list for keys that may be absent, on which omegaconf 2.1 and later raise."""

    def _build_opt_list(self: object, opts: Sequence[Any] | None) -> DictConfig:
        options = OmegaConf.create({"config": None, "model": None, "dataset": None, "datasets": None, "env": {}})
        for name, text in split_options(opts):
            if name in SETUP_KEYS:
                OmegaConf.update(options, name, read_value(text, name), force_add=True)
        return options

    module.Configuration._build_opt_list = _build_opt_list
    return True
