"""An MMF plugin that fuses text, audio and video with an MLP-Mixer. Importing it registers everything.

The names of `__all__` are the Python API; each is imported when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import mmf_mixer_hook

if TYPE_CHECKING:
    from mmf_mixer.annotate.annotation import Annotation
    from mmf_mixer.annotate.annotator import Annotator
    from mmf_mixer.benchmark.compare import compare
    from mmf_mixer.benchmark.plan import Plan
    from mmf_mixer.data.clip import Clip, Labels
    from mmf_mixer.data.folder import read_folder
    from mmf_mixer.errors import InputError
    from mmf_mixer.extraction import extract
    from mmf_mixer.interpret.attribution import StencilAttribution
    from mmf_mixer.interpret.explain import explain
    from mmf_mixer.interpret.run import load_run
    from mmf_mixer.interpret.usage import modality_usage
    from mmf_mixer.modules.mixer import Mixer, MixerBlock
    from mmf_mixer.modules.pooling import LearnedPooling
    from mmf_mixer.store.store import FeatureStore

__version__ = "0.2.0"
__all__ = [
    "Annotation",
    "Annotator",
    "Clip",
    "FeatureStore",
    "InputError",
    "Labels",
    "LearnedPooling",
    "Mixer",
    "MixerBlock",
    "Plan",
    "StencilAttribution",
    "compare",
    "explain",
    "extract",
    "load_run",
    "modality_usage",
    "read_folder",
]

_HOMES = {
    "annotate.annotation": ("Annotation",),
    "annotate.annotator": ("Annotator",),
    "benchmark.compare": ("compare",),
    "benchmark.plan": ("Plan",),
    "data.clip": ("Clip", "Labels"),
    "data.folder": ("read_folder",),
    "errors": ("InputError",),
    "extraction": ("extract",),
    "interpret.attribution": ("StencilAttribution",),
    "interpret.explain": ("explain",),
    "interpret.run": ("load_run",),
    "interpret.usage": ("modality_usage",),
    "modules.mixer": ("Mixer", "MixerBlock"),
    "modules.pooling": ("LearnedPooling",),
    "store.store": ("FeatureStore",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

mmf_mixer_hook.install()
if mmf_mixer_hook.MendingFinder.plugin_imports_mmf:  # else MMF is being imported, and will call the plugin at its end
    import mmf  # noqa: F401


def __getattr__(name: str) -> Any:  # PEP 562
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
