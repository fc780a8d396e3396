"""Mends that only MMF's source release needs."""

import importlib
import logging
import sys
from functools import wraps
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import Any, NoReturn
from unittest.mock import patch

from omegaconf import DictConfig, OmegaConf

from mmf_mixer.compat.mending import mend

ARCHITECTURES = ("auto", "bert", "roberta", "vit")  # all that MMF's own modules import by name


@mend("mmf", when="before", only="source")
def lightning_stub(module: ModuleType) -> bool:
    """MMF's base classes derive from those of pytorch_lightning 1, which runs on no current Python."""
    from mmf_mixer.compat import lightning

    names = ["pytorch_lightning", "pytorch_lightning.callbacks", "pytorch_lightning.callbacks.base"]
    if find_spec(names[0]) is not None:  # somebody's own, which lacks at most the last of these
        callbacks = importlib.import_module(names[1])
        if find_spec(names[2]) is not None:
            return False
        stub = ModuleType(names[2])
        stub.Callback = callbacks.Callback  # type: ignore[attr-defined]
        sys.modules[names[2]] = stub
        return True
    sys.modules.update(dict.fromkeys(names, lightning))
    return True


@mend("mmf.datasets.builders.charades._utils", when="before")
def video_reader_placeholder(module: ModuleType) -> bool:
    """MMF's charades dataset imports torchvision.io.read_video, which torchvision has removed."""
    import torchvision.io

    if hasattr(torchvision.io, "read_video"):
        return False

    def read_video(*args: object, **options: object) -> NoReturn:
        raise NotImplementedError("torchvision no longer reads video; use the dataset `clips` instead of `charades`.")

    torchvision.io.read_video = read_video
    return True


@mend("mmf.utils.patch")
def few_architectures(module: ModuleType) -> bool:
    """MMF imports every architecture of transformers to alias its modules, which takes over ten seconds."""
    import transformers

    stock = module.patch_transformers
    shown = SimpleNamespace(**dict.fromkeys(ARCHITECTURES))

    @wraps(stock)
    def patch_transformers(log_incompatible: bool = False) -> None:
        with patch.object(transformers, "models", shown):
            stock(log_incompatible)

    module.patch_transformers = patch_transformers  # type: ignore[attr-defined]
    return True


@mend("mmf.modules.hf_layers")
def transpose_for_scores(module: ModuleType) -> bool:
    """MMF sets this method of BERT's and RoBERTa's attention aside before replacing it; transformers 5 has none."""
    for attention in (module.BertSelfAttention, module.RobertaSelfAttention):
        attention.transpose_for_scores = getattr(attention, "transpose_for_scores", None)
    return True


@mend("mmf.utils.env", only="source")
def datasets_left_out(module: ModuleType) -> bool:
    """MMF imports every dataset and model of its own at start, and fails if a library of any of them is missing."""
    stock = module.setup_imports

    @wraps(stock)
    def setup_imports() -> None:
        with patch.object(module, "importlib", SimpleNamespace(import_module=_import_if_possible)):
            stock()

    module.setup_imports = setup_imports  # type: ignore[attr-defined]
    return True


LEFT_OUT: dict[str, str] = {}  # modules of MMF, and the library that each lacks


def why_left_out(name: str) -> str | None:
    """The missing library for which MMF's model or data set of that name is not there, if that is why."""
    return next((library for module, library in LEFT_OUT.items() if name and name in module.split(".")), None)


def _import_if_possible(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("mmf"):
            raise
        LEFT_OUT[name] = error.name
        logging.getLogger(__name__).info("%s is left out, as %s is not installed", name, error.name)


@mend("mmf.modules.encoders", only="source")
def pooled_encoder_defaults(module: ModuleType) -> bool:
    """MMF gives an encoder that pools (resnet18_audio, r2plus1d_18) only the params of its config, not its defaults."""
    stock = module.PooledEncoder.__init__

    @wraps(stock)
    def __init__(self: Any, config: DictConfig, *args: object, **options: object) -> None:
        stock(self, OmegaConf.merge(OmegaConf.structured(type(self).Config), config), *args, **options)

    module.PooledEncoder.__init__ = __init__
    return True
