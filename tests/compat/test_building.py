"""What MMF builds from a config."""

import pytest
from omegaconf import OmegaConf

from mmf_mixer.errors import InputError


def test_the_trainer_can_be_asked_for_after_a_run():
    from mmf.common.registry import registry
    from mmf.utils.build import build_trainer

    registry.mapping["trainer_name_mapping"]["noting"] = lambda config: ("trainer of", config)
    config = OmegaConf.create({"training": {"trainer": "noting"}})
    assert build_trainer(config) is registry.get("trainer")
    assert registry.get("trainer") == ("trainer of", config)


@pytest.fixture
def metrics():
    from mmf.common.registry import registry
    from mmf.modules.metrics import BaseMetric, Metrics

    @registry.register_metric("threshold")
    class Threshold(BaseMetric):
        def __init__(self, at=0.5):
            super().__init__("threshold")
            self.at = at
            self.required_params = ["scores"]

        def calculate(self, sample_list, model_output, *args, **kwargs):
            return (model_output["scores"] > self.at).float().mean()

    return lambda *configs: Metrics(OmegaConf.create(list(configs)))


def test_metrics_get_their_params_and_may_come_twice(metrics):
    made = metrics("threshold", {"type": "threshold", "key": "high", "params": {"at": 0.9}})
    assert {key: metric.at for key, metric in made.metrics.items()} == {"threshold": 0.5, "high": 0.9}
    assert made.required_params == {"dataset_name", "dataset_type", "scores"}


def test_an_unknown_metric_is_refused(metrics):
    with pytest.raises((InputError, ValueError), match="no metric|No metric"):
        metrics("thresold")
