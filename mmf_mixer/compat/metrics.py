"""MMF's metrics: the ones that compute something else than they say, or nothing at all."""

from functools import wraps
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from mmf_mixer.compat.mending import mend
from mmf_mixer.compat.shares import everyone, is_apart


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


@mend("mmf.modules.metrics")
def metrics_of_all_samples(module: ModuleType) -> bool:
    """Under torchrun MMF averages the processes' metrics, which is not the metric of all samples."""
    stock = module.Metrics.__call__

    @wraps(stock)
    def __call__(self: Any, sample_list: Any, model_output: Any, *args: Any, **kwargs: Any) -> Any:
        if is_apart():  # then both are one and the same report, of this process's share
            for field in sorted(self.required_params):
                if isinstance(share := sample_list.get(field), Tensor):
                    shares = everyone(share.cpu())  # tensors of one GPU must not turn up on another's
                    sample_list[field] = torch.cat(shares).to(share.device)
        return stock(self, sample_list, model_output, *args, **kwargs)

    module.Metrics.__call__ = __call__
    return True
