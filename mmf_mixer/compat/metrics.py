"""MMF's metrics: the ones that compute something else than they say, or nothing at all."""

from functools import wraps
from types import ModuleType
from typing import Any

from torch import Tensor

from mmf_mixer.compat.mending import mend


@mend("mmf.modules.metrics")
def average_precision_by_name(module: ModuleType) -> bool:
    """The package release's micro_ap and macro_ap report ROC AUC."""
    if not issubclass(module.MicroAP, module.ROC_AUC):
        return False
    module.MicroAP.__bases__ = module.MacroAP.__bases__ = (module.AveragePrecision,)
    return True


@mend("mmf.modules.metrics")
def multilabel_macro_f1(module: ModuleType) -> bool:
    """The package release's multilabel_macro_f1 keeps one label per sample, as if they were classes."""
    if issubclass(module.MultiLabelMacroF1, module.MultiLabelF1):
        return False
    module.MultiLabelMacroF1.__bases__ = (module.MultiLabelF1,)
    return True


@mend("mmf.modules.metrics")
def recall_at_k(module: ModuleType) -> bool:
    """The package release's r@1, r@5 and r@10 call themselves for ever."""
    base = module.RecallAtK
    if hasattr(base, "process_ranks"):  # the method that it forgot, and that the source release has
        return False

    def at(k: int) -> Any:
        def calculate(self: Any, sample_list: Any, model_output: Any, *args: Any, **kwargs: Any) -> Any:
            return base.calculate(self, sample_list, model_output, k=k)

        return calculate

    for name, k in (("RecallAt1", 1), ("RecallAt5", 5), ("RecallAt10", 10)):
        getattr(module, name).calculate = at(k)
    return True


@mend("mmf.modules.metrics")
def ranks_among_any_number(module: ModuleType) -> bool:
    """MMF ranks exactly 100 candidates: r@k, mean_r and mean_rr crash on fewer and miscount more."""

    @wraps(module.RecallAtK.get_ranks)
    def get_ranks(self: Any, sample_list: Any, model_output: Any, *args: Any, **kwargs: Any) -> Tensor:
        scores, chosen = model_output["scores"], sample_list["targets"].argmax(dim=1, keepdim=True)  # B x N, B x 1
        best_first = scores.argsort(dim=1, descending=True, stable=True)
        ranks: Tensor = (best_first == chosen).float().argmax(dim=1) + 1.0
        return ranks

    module.RecallAtK.get_ranks = get_ranks
    return True
