"""The config of today's encoders, with models in their place that are as they are but for their width."""

import argparse
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf
import yaml
from mmf.common.registry import registry
from mmf.utils.build import build_model
from mmf.utils.configuration import Configuration
from omegaconf import OmegaConf

from mmf_mixer.data.clip import Clip
from tests.encoders.families import FAMILIES, SHAPE, dual, words
from tests.media.make import write_media

CONFIG = "projects/activity_recognition/configs/modern.yaml"
TOKENS = {"text": 64, "audio": 24, "speech": 30, "video": 8}


def whole(path: Path, config: Any, *beside: Any) -> str:
    """Write a model with what lies beside it."""
    hf.AutoModel.from_config(config).save_pretrained(path)
    for one in beside:
        one.save_pretrained(path)
    return str(path)


@pytest.fixture
def models(tmp_path: Path) -> dict[str, str]:
    """By modality, the folder of a narrow model."""
    tokenizer, siglip = words(), dual("SiglipConfig", image_size=224, patch_size=16)
    tokenizer.model_max_length = 64
    whisper = FAMILIES["whisper"].config()
    whisper.num_mel_bins, whisper.max_source_positions = 80, 1500
    return {
        "text": whole(tmp_path / "text", FAMILIES["modernbert"].config(), tokenizer),
        "audio": whole(tmp_path / "audio", hf.ASTConfig(**SHAPE), hf.ASTFeatureExtractor()),
        "speech": whole(tmp_path / "speech", whisper, hf.WhisperFeatureExtractor()),
        "video": whole(tmp_path / "video", siglip, hf.SiglipImageProcessor(size={"height": 224, "width": 224})),
    }


def test_the_config_finds_what_its_encoders_give(models: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "labels.yaml").write_text(yaml.safe_dump({"groups": {"it": {"exclusive": True, "labels": ["a", "b"]}}}))
    places = [f"fusion.modalities.{key}.encoder.params.model={model}" for key, model in models.items()]
    options = [f"config={CONFIG}", "model=mmf_mixer", "dataset=clips", f"dataset_config.clips.root={tmp_path}", *places]
    options.append("fusion.use=text,audio,speech,video")
    config = Configuration(argparse.Namespace(config_override=None, opts=options)).get_config()
    own = OmegaConf.to_container(config.model_config.mmf_mixer, resolve=True)
    found = {one["key"]: (one["position_dim"], one["embedding_dim"]) for one in own["modalities"]}
    assert found == {key: (tokens, 16) for key, tokens in TOKENS.items()}

    (tmp_path / "a.srt").write_text("1\n00:00:00,000 --> 00:00:03,000\nthe dog barks\n")
    video = write_media(tmp_path / "a.mp4", frames=30, seconds=3.0, rate=16000)
    clip, batch = Clip("a", video, video, tmp_path / "a.srt", 0.0, 3.0, ()), {}
    for key in TOKENS:
        processor = config.dataset_config.clips.processors[f"{key}_processor"]
        made = registry.get_processor_class(processor.type)(processor.params)(clip)
        batch |= {key: made["values"][None], f"{key}_mask": made["mask"][None]}
        assert made["mask"].all() or key == "text"
    scores = build_model(OmegaConf.create(own | {"model": "mmf_mixer"})).eval()(batch)["scores"]
    assert scores.shape == (1, 2) and torch.isfinite(scores).all()
