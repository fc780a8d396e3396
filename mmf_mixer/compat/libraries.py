"""Names that MMF imports from other libraries and that those libraries have dropped since 2020."""

import collections.abc
import importlib
import sys
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from mmf_mixer.compat.mending import mend
from mmf_mixer.compat.releases import is_package_release

FLAT_TRANSFORMERS = {
    "modeling_bert": "bert.modeling_bert",
    "configuration_bert": "bert.configuration_bert",
    "modeling_auto": "auto.modeling_auto",
    "configuration_auto": "auto.configuration_auto",
    "tokenization_auto": "auto.tokenization_auto",
}


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


@mend("mmf", when="before")
def flat_transformers(module: ModuleType) -> bool:
    """The package release imports transformers' modules by the flat names they had before transformers 4."""
    if not is_package_release() or find_spec("transformers.modeling_bert") is not None:
        return False
    for flat, nested in FLAT_TRANSFORMERS.items():
        sys.modules[f"transformers.{flat}"] = importlib.import_module(f"transformers.models.{nested}")
    return True


@mend("mmf", when="before")
def bert_layer_norm(module: ModuleType) -> bool:
    """The package release imports BertLayerNorm, which was LayerNorm by another name and is gone."""
    if not is_package_release():
        return False
    from torch import nn
    from transformers.models.bert import modeling_bert

    if hasattr(modeling_bert, "BertLayerNorm"):
        return False
    modeling_bert.BertLayerNorm = nn.LayerNorm
    return True


@mend("mmf", when="before")
def transformers_adamw(module: ModuleType) -> bool:
    """MMF registers transformers' AdamW as its `adam_w`; transformers removed it in favour of torch's."""
    if not is_package_release():
        return False
    import transformers.optimization

    if hasattr(transformers.optimization, "AdamW"):
        return False
    from mmf_mixer.compat.optimizers import AdamW

    transformers.optimization.AdamW = AdamW
    return True


@mend("mmf.utils.logger")
def collections_mapping(module: ModuleType) -> bool:
    """MMF's logger asks for collections.Mapping, which Python 3.10 moved to collections.abc for good."""
    if not is_package_release():
        return False
    module.collections = collections.abc  # type: ignore[attr-defined]  # Mapping is all the logger takes from it
    return True


@mend("mmf.modules.embeddings")
def weights_before_post_init(module: ModuleType) -> bool:
    """MMF's BERT models end with init_weights(), but transformers 5 wants post_init(), which calls it."""
    from transformers import PreTrainedModel

    if not hasattr(PreTrainedModel, "post_init") or hasattr(PreTrainedModel, "_tie_or_clone_weights"):
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

    def _tie_or_clone_weights(self: Any, output: Any, embeddings: Any) -> None:
        output.weight = embeddings.weight

    PreTrainedModel._tie_or_clone_weights = _tie_or_clone_weights
    return True


@mend("mmf.modules.embeddings")
def cuda_without_a_gpu(module: ModuleType) -> bool:
    """Some stock models call .cuda() without asking; on a machine without a GPU MMF's own calls stay where they are."""
    import torch

    if torch.cuda.is_available():
        return False
    stock_cuda = torch.Tensor.cuda

    def cuda(self: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        caller: str = sys._getframe(1).f_globals.get("__name__", "")
        return self if caller.startswith("mmf.") else stock_cuda(self, *args, **kwargs)

    torch.Tensor.cuda = cuda  # type: ignore[assignment, method-assign]
    return True
