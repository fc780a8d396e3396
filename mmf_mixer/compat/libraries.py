"""Names that MMF imports from other libraries and that those libraries have dropped since 2020."""

import importlib
import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from torch import nn

from mmf_mixer.compat.mending import mend


@mend("mmf", when="before")
def demjson_successor(module: ModuleType) -> bool:
    """MMF reads option strings with demjson, which no longer installs; demjson3 is the same library, maintained."""
    if find_spec("demjson") is not None:
        return False
    sys.modules["demjson"] = importlib.import_module("demjson3")
    return True


STUB = ModuleType("torchtext")


@mend("mmf.utils.vocab", when="before")
def torchtext_stub(module: ModuleType) -> bool:
    """MMF imports torchtext for its table of word vectors; the library is dead, and we need none of its vectors."""
    if "torchtext" in sys.modules or find_spec("torchtext") is not None:
        return False
    vocab = ModuleType("torchtext.vocab")
    vocab.pretrained_aliases = {}  # type: ignore[attr-defined]
    STUB.vocab = vocab  # type: ignore[attr-defined]
    sys.modules["torchtext"] = STUB
    return True


@mend("mmf.utils.vocab")
def torchtext_stub_is_taken_away(module: ModuleType) -> bool:
    """Whoever else asks for torchtext must hear that it is not installed."""
    if sys.modules.get("torchtext") is not STUB:
        return False
    del sys.modules["torchtext"]
    return True


@mend("mmf.modules.embeddings")
def weights_before_post_init(module: ModuleType) -> bool:
    """MMF's BERT models end with init_weights(), but transformers 5 wants post_init(), which calls it."""
    from transformers import PreTrainedModel

    if hasattr(PreTrainedModel, "_tie_or_clone_weights"):
        return False
    stock_init_weights = PreTrainedModel.init_weights

    def init_weights(self: Any) -> None:
        if "all_tied_weights_keys" in vars(self):  # post_init has set it, and is calling us
            stock_init_weights(self)
        else:
            self.post_init()

    PreTrainedModel.init_weights = init_weights
    return True


@mend("mmf.modules.embeddings")
def tie_weights_by_name(module: ModuleType) -> bool:
    """MMF's pretraining heads share BERT's embeddings by _tie_or_clone_weights, which transformers 5 removed."""
    from transformers import PreTrainedModel

    if hasattr(PreTrainedModel, "_tie_or_clone_weights"):
        return False

    def _tie_or_clone_weights(self: object, output: nn.Module, embeddings: nn.Module) -> None:
        output.weight = embeddings.weight

    PreTrainedModel._tie_or_clone_weights = _tie_or_clone_weights
    return True


@mend("mmf.modules.embeddings")
def cuda_without_a_gpu(module: ModuleType) -> bool:
    """Some stock models call .cuda() without asking; on a machine without a GPU MMF's own calls stay where they are."""
    import torch

    if torch.cuda.is_available():
        return False
    stock_cuda: Callable[..., torch.Tensor] = torch.Tensor.cuda

    def cuda(self: torch.Tensor, *args: object, **kwargs: object) -> torch.Tensor:
        caller: str = sys._getframe(1).f_globals.get("__name__", "")
        return self if caller.startswith("mmf.") else stock_cuda(self, *args, **kwargs)

    torch.Tensor.cuda = cuda  # type: ignore[assignment, method-assign]
    return True


@mend("mmf.utils.logger")
def captured_output_is_no_terminal(module: ModuleType) -> bool:
    """MMF's stand-in for stdout lacks `isatty`, which transformers 5 asks for when it loads weights."""
    if not hasattr(module, "StreamToLogger") or hasattr(module.StreamToLogger, "isatty"):
        return False
    module.StreamToLogger.isatty = lambda self: False
    return True
