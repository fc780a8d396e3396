"""MMF's metrics: the ones that compute something else than they say, or nothing at all."""

from collections.abc import Iterable, Mapping
from functools import partialmethod, wraps
from types import ModuleType
from typing import Any
from warnings import warn

from torch import Tensor

from mmf_mixer.compat.mending import mend
from mmf_mixer.errors import InputError
from mmf_mixer.ours import is_our_run
from mmf_mixer.protocols import Fields


@mend("mmf.modules.metrics", only="package")
def metrics_are_what_they_are_called(module: ModuleType) -> bool:
    """The package release's micro_ap and macro_ap report ROC AUC, and multilabel_macro_f1 keeps one label per sample.
    In runs of ours they are what they say; in all others as they were, with a warning."""

    def as_called(metric: Any, called: Any) -> None:
        stock = metric.calculate

        def calculate(self: Any, *args: object, **kwargs: object) -> Any:
            if is_our_run():
                return called(**self._sk_kwargs).calculate(*args, **kwargs)
            warn(f"{self.name} of this MMF is no {called.__name__}; with mmf_mixer.strict=true it is.", stacklevel=2)
            return stock(self, *args, **kwargs)

        metric.calculate = calculate

    as_called(module.MicroAP, module.AveragePrecision)
    as_called(module.MacroAP, module.AveragePrecision)
    as_called(module.MultiLabelMacroF1, module.MultiLabelF1)
    return True


@mend("mmf.modules.metrics", only="package")
def recall_at_k(module: ModuleType) -> bool:
    """The package release's r@1, r@5 and r@10 call themselves for ever."""
    for name, k in (("RecallAt1", 1), ("RecallAt5", 5), ("RecallAt10", 10)):
        getattr(module, name).calculate = partialmethod(module.RecallAtK.calculate, k=k)
    return True


@mend("mmf.modules.metrics")
def ranks_among_any_number(module: ModuleType) -> bool:
    """MMF ranks exactly 100 candidates: r@k, mean_r and mean_rr crash on fewer and miscount more."""

    @wraps(module.RecallAtK.get_ranks)
    def get_ranks(self: object, sample_list: Fields, model_output: Fields, *args: object, **kwargs: object) -> Tensor:
        scores, chosen = model_output["scores"], sample_list["targets"].argmax(dim=1, keepdim=True)  # B x N, B x 1
        best_first = scores.argsort(dim=1, descending=True, stable=True)
        ranks: Tensor = (best_first == chosen).float().argmax(dim=1) + 1.0
        return ranks

    module.RecallAtK.get_ranks = get_ranks
    return True


@mend("mmf.modules.metrics", only="package")
def metrics_get_their_params(module: ModuleType) -> bool:
    """The package release reads a metric's params from its name, which has none, and cannot have one metric twice."""
    from mmf.common.registry import registry

    def _init_metrics(self: Any, metric_list: Iterable[str | Mapping[str, Any]]) -> dict[str, Any]:
        metrics = {}
        self.required_params = {"dataset_name", "dataset_type"}
        for metric in metric_list:
            settings: Any = {"type": metric} if isinstance(metric, str) else metric
            metric_class = registry.get_metric_class(settings.get("type"))
            if metric_class is None:
                raise InputError(f"evaluation.metrics: there is no metric {settings.get('type')!r}.")
            key = settings.get("key", settings["type"])
            metrics[key] = metric_class(**settings.get("params", {}))
            self.required_params.update(metrics[key].required_params)
        return metrics

    module.Metrics._init_metrics = _init_metrics
    return True
