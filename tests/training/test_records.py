"""What MMF builds from a config."""

import json
from types import SimpleNamespace

import pytest
import torch
from mmf.modules.encoders import IdentityEncoder
from mmf_cli.run import run
from omegaconf import OmegaConf

from mmf_mixer.encoders import weights
from mmf_mixer.encoders.frames import ResNetFrames
from mmf_mixer.encoders.recipes import encoders_of
from mmf_mixer.encoders.weights import weights_digest
from mmf_mixer.errors import InputError
from mmf_mixer.training.records import record_encoders
from tests.store import small


def test_the_trainer_can_be_asked_for_after_a_run():
    from mmf.common.registry import registry
    from mmf.utils.build import build_trainer

    registry.mapping["trainer_name_mapping"]["noting"] = lambda config: SimpleNamespace(of=config, load=print)
    config = OmegaConf.create({"training": {"trainer": "noting"}})
    assert build_trainer(config) is registry.get("trainer")
    assert registry.get("trainer").of is config


def test_the_encoders_of_a_run_are_logged_and_written_with_the_digest_of_their_weights(tmp_path, caplog):
    video = {"type": "resnet_frames", "params": {"arch": "resnet18", "weights": "none"}}
    modalities = [
        {"key": "video", "encoder": video},
        {"key": "audio", "encoder": {"type": "identity"}},
        {"key": "text"},
    ]
    encoders = {"video": ResNetFrames(video["params"]), "audio": IdentityEncoder(OmegaConf.create({}))}
    model = SimpleNamespace(config=OmegaConf.create({"modalities": modalities}), encoders=encoders)
    digest = weights_digest(encoders["video"])
    with caplog.at_level("INFO"):
        record_encoders(OmegaConf.create({"env": {"save_dir": str(tmp_path / "run")}}), SimpleNamespace(module=model))
    record = json.loads((tmp_path / "run" / "encoders.json").read_text())
    assert list(record) == ["video", "audio"]
    assert record["video"]["type"] == "resnet_frames" and record["video"]["weights"] == digest
    assert record["video"]["params"] | video["params"] == record["video"]["params"]
    assert record["video"]["params"]["pool"] is True  # the defaults too
    assert record["audio"]["weights"] is None
    assert caplog.messages[0] == f"Encoder of video: resnet_frames, SHA-256 of its weights {digest}"


def test_a_run_hashes_the_weights_of_each_encoder_once(tmp_path, monkeypatch):
    stock, hashed = weights._digest, []
    monkeypatch.setattr(weights, "_digest", lambda tensors: hashed.append(len(tensors)) or stock(tensors))
    config = small.write_config(tmp_path / "config.yaml", small.make_folder(tmp_path / "data"))
    run(small.options(config, env__save_dir=str(tmp_path / "save")))
    record = json.loads((tmp_path / "save" / "encoders.json").read_text())
    assert all(len(encoder["weights"]) == 64 for encoder in record.values())
    assert hashed == [1, 1]  # one tensor in each of two encoders


def test_a_model_without_encoders_leaves_no_record(tmp_path):
    record_encoders(
        OmegaConf.create({"env": {"save_dir": str(tmp_path)}}), SimpleNamespace(config=OmegaConf.create({}))
    )
    assert not list(tmp_path.iterdir())


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


@pytest.mark.parametrize(
    ("encoders", "modalities"),
    [
        (torch.nn.ModuleList([torch.nn.Linear(1, 1)]), [{"key": "text", "encoder": {"type": "identity"}}]),
        ({"text": torch.nn.Linear(1, 1)}, ["text", "image"]),
        (None, None),
    ],
)
def test_a_model_of_another_kind_has_no_encoders_on_record(encoders, modalities):
    model = SimpleNamespace(config=OmegaConf.create({"modalities": modalities}), encoders=encoders)
    assert list(encoders_of(model)) == []
