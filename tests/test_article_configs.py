"""The article's configs at full size: encoders give the tokens that their modalities promise, and our models build."""

import argparse
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from mmf.common.registry import registry
from mmf.utils.build import build_encoder, build_model
from mmf.utils.configuration import Configuration
from omegaconf import OmegaConf

from mmf_mixer.data.clip import Clip

FOLDER = Path("projects/activity_recognition/configs/article")
CONFIGS = sorted(path.stem for path in FOLDER.glob("*_*.yaml"))
GROUPS = {"activity": 55, "event": 45}
ABSENT = Clip("absent", None, None, None, None, None, ())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dataset folder as far as a config asks for it: its labels."""
    groups = {
        name: {"exclusive": False, "labels": [f"{name} {number}" for number in range(count)]}
        for name, count in GROUPS.items()
    }
    (tmp_path / "labels.yaml").write_text(yaml.safe_dump({"groups": groups}))
    return tmp_path


def settings(name: str, folder: Path, model: str = "mmf_mixer") -> Any:
    """The whole config of a run, its encoders without weights."""
    options = [f"config={FOLDER}/{name}.yaml", f"model={model}", "dataset=clips", f"dataset_config.clips.root={folder}"]
    config = Configuration(argparse.Namespace(config_override=None, opts=options)).get_config()
    for modality in config.model_config[model].modalities:
        config.fusion.modalities[modality.key].encoder.params.weights = "none"
    return config


@pytest.mark.parametrize("name", CONFIGS)
def test_every_encoder_gives_what_its_modality_promises(name: str, folder: Path) -> None:
    config = settings(name, folder)
    for modality in config.model_config.mmf_mixer.modalities:
        processor = config.dataset_config.clips.processors[f"{modality.key}_processor"]
        values = registry.get_processor_class(processor.type)(processor.params)(ABSENT)["values"]
        with torch.device("meta"):  # shapes without numbers: full size costs nothing
            encoder = build_encoder(modality.encoder)
        # BERT gives a token for each that it reads; looking at its mask, it cannot be run without numbers
        tokens = values if modality.key == "text" else encoder.encode(values[None].to("meta"))[0, :, 0]
        assert (len(tokens), encoder.out_dim) == (modality.position_dim, modality.embedding_dim), modality.key


@pytest.mark.parametrize("model", ["mmf_mixer", "concat_mlp"])  # MMFTransformer loads a BERT, and so its weights
def test_our_models_build_at_full_size(model: str, folder: Path) -> None:
    config = settings("labels100_r3d18", folder, model)
    own = OmegaConf.create(OmegaConf.to_container(config.model_config[model], resolve=True) | {"model": model})
    with torch.device("meta"):
        built = build_model(own)
    parameters = [*built.parameters()]
    assert own.num_labels == 100
    assert sum(weight.numel() for weight in parameters) > 335e6  # of BERT-large alone
    assert any(weight.requires_grad for weight in parameters) and not all(w.requires_grad for w in parameters)
