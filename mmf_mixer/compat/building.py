"""What MMF builds from a config: the trainer, which can be asked for after a run, its encoders, and the metrics."""

from types import ModuleType
from typing import Any

from mmf_mixer.compat.mending import mend
from mmf_mixer.compat.releases import is_package_release
from mmf_mixer.errors import InputError


@mend("mmf.modules.metrics")
def metrics_get_their_params(module: ModuleType) -> bool:
    """The package release reads a metric's params from its name, which has none, and cannot have one metric twice."""
    from mmf.common.registry import registry

    if not is_package_release():
        return False

    def _init_metrics(self: Any, metric_list: Any) -> dict[str, Any]:
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
