"""What a run is made from, and how a difference in that is put."""

from pathlib import Path
from typing import Any

import torch
from mmf.common.registry import registry
from omegaconf import OmegaConf

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.training.resume.identity import differences, run_identity
from tests.store import small

ALL = ("data", "features", "labels", "encoders")


def identity(data: Path, **weights: str) -> Any:
    config: Any = OmegaConf.create({"datasets": "clips", "dataset_config": {"clips": {"root": str(data)}}})
    modalities = [
        {"key": "video", "encoder": {"type": "small_frames"}},
        {"key": "audio", "encoder": {"type": "small_trained"}},
        {"key": "text"},
    ]
    model = torch.nn.Module()
    model.config = OmegaConf.create({"modalities": modalities})
    model.encoders = torch.nn.ModuleDict({"video": small.SmallFrames(), "audio": small.SmallTrained()})
    registry.register("clips_label_groups", Labels((LabelGroup("activity", True, ("run", "laugh")),)))
    return run_identity(config, model), model, config


def test_a_run_is_known_by_its_data_labels_and_frozen_encoders(data: Path) -> None:
    found, model, config = identity(data)
    assert len(found["data"]["clips"]) == 64 and found["labels"] == ["activity/run", "activity/laugh"]
    assert found["encoders"]["video"]["type"] == "small_frames" and len(found["encoders"]["video"]["weights"]) == 64
    assert found["encoders"]["audio"]["weights"] == ""  # it is trained, so the checkpoint holds them
    assert differences(found, identity(data)[0], parts=ALL) == []
    with torch.no_grad():
        model.encoders["audio"].weight += 1
    assert differences(found, run_identity(config, model), parts=ALL) == []
    with torch.no_grad():
        model.encoders["video"].weight += 1
    (clause,) = differences(found, run_identity(config, model), parts=ALL)
    assert clause.startswith("the encoder of video (weights was '")


def test_each_difference_is_named() -> None:
    then = {"data": {"clips": "a" * 64}, "features": "x", "labels": ["a/b", "a/c"], "encoders": {}}
    now = {"data": {"clips": "b" * 64}, "features": "y", "labels": ["a/b", "a/d"], "encoders": {"text": {"type": "t"}}}
    assert differences(then, now, parts=ALL) == [
        "labels.yaml or a split of the dataset folder of clips (fingerprint aaaaaaaaaaaa…, now bbbbbbbbbbbb…)",
        "the features of the store",
        "label a/c (now a/d)",
        "the encoder of text (type was None and is 't' now)",
    ]
    assert differences(then, now | {"labels": ["a/b"]}, parts=("labels",)) == ["the labels (2, now 1)"]
    assert differences(then, now, parts=()) == []
