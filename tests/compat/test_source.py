"""MMF's source release beside the plugin. Where it is not the one installed, MMF_SOURCE may name a checkout of it."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from transformers import BertConfig, BertModel

from mmf_mixer.compat import source
from mmf_mixer.compat.mending import MENDS
from mmf_mixer.releases import is_package_release, mmf_folder

TESTS = Path(__file__).resolve().parents[1]
source_only = pytest.mark.skipif(is_package_release(), reason="the package release of MMF is installed")


@pytest.fixture
def source_release() -> dict[str, str]:
    """The environment of a Python that imports the source release and this plugin."""
    checkout = os.environ.get("MMF_SOURCE")
    if is_package_release() and checkout is None:
        pytest.skip("MMF_SOURCE does not name a checkout of MMF's source release")
    folder = mmf_folder()
    assert folder is not None
    path = os.pathsep.join([checkout or str(folder.parent), str(TESTS.parent), os.environ.get("PYTHONPATH", "")])
    return os.environ | {"PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}


def test_all_source_tests_and_golden_cases_hold_there(source_release: dict[str, str]) -> None:
    if not is_package_release():
        pytest.skip("the source release is installed, so they have run already")
    files = [
        "compat/test_source.py",
        "compat/test_bert.py",
        "compat/test_vit.py",
        "compat/test_configuration.py",
        "training/order/test_loaders.py",
        "models/test_stock_transformer.py",
        "training/test_trainer.py",
        "models/test_mmf_transformer.py",
    ]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(str(TESTS / file) for file in files)]
    result = subprocess.run(command, env=source_release, capture_output=True, text=True, cwd=TESTS.parent)
    assert result.returncode == 0, result.stdout


@source_only
def test_the_stock_model_trains_through_mmf(source_release: dict[str, str], tmp_path: Path) -> None:
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=20, max_position_embeddings=10, **sizes)).save_pretrained(tmp_path / "bert")
    script = TESTS / "compat" / "train_stock.py"
    command = [sys.executable, str(script), str(tmp_path / "bert"), str(tmp_path), "encoded,audio,video"]
    result = subprocess.run(command, env=source_release, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    seen = json.loads(result.stdout.splitlines()[-1])
    assert seen == {"model": "mmf.models.mmf_transformer", "updates": 2, "moved": True}
    assert (tmp_path / "mmf_transformer_final.pth").exists()


@source_only
def test_only_the_architectures_that_mmf_names_have_flat_aliases() -> None:
    aliases = {name for name in sys.modules if name.startswith("transformers.modeling_")}
    assert "transformers.modeling_bert" in aliases and "transformers.modeling_auto" in aliases
    assert "transformers.modeling_gpt2" not in aliases


@source_only
def test_every_mend_of_the_source_release_was_needed() -> None:
    ours = {"lightning_stub", "few_architectures", "transpose_for_scores", "datasets_left_out"}
    assert {entry.name: entry.state for entry in MENDS if entry.name in ours} == dict.fromkeys(ours, "mended")


@source_only
def test_pooled_encoders_have_their_defaults() -> None:
    from mmf.utils.build import build_encoder
    from omegaconf import OmegaConf

    encoder = build_encoder(OmegaConf.create({"type": "resnet18_audio", "params": {"num_output_features": 3}}))
    assert encoder.out_dim == 512 and tuple(encoder.pool.output_size) == (3, 1)


@source_only
def test_the_video_reader_that_torchvision_lacks_says_so() -> None:
    pytest.importorskip("pandas")  # the charades dataset needs it
    module = importlib.import_module("mmf.datasets.builders.charades._utils")
    with pytest.raises(NotImplementedError, match="use the dataset `clips`"):
        module.read_video("a.mp4")


def test_a_stock_dataset_whose_library_is_missing_is_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    missing = {"mmf.datasets.a": "pandas", "mmf.datasets.b": "mmf.datasets.c"}

    def import_module(name: str) -> None:
        raise ModuleNotFoundError(name=missing[name])

    monkeypatch.setattr(source.importlib, "import_module", import_module)
    with caplog.at_level("INFO"):
        source._import_if_possible("mmf.datasets.a")
    assert "mmf.datasets.a is left out, as pandas is not installed" in caplog.text
    with pytest.raises(ModuleNotFoundError):
        source._import_if_possible("mmf.datasets.b")


def test_an_installed_lightning_stays(source_release: dict[str, str], tmp_path: Path) -> None:
    callbacks = tmp_path / "pytorch_lightning" / "callbacks"
    callbacks.mkdir(parents=True)
    (callbacks / "__init__.py").write_text("class Callback: pass\nclass ModelCheckpoint(Callback): pass\n")
    (tmp_path / "pytorch_lightning" / "__init__.py").write_text(
        "import torch\nclass LightningModule(torch.nn.Module): pass\nclass LightningDataModule: pass\n"
        "class Trainer: pass\ndef seed_everything(*a): pass\n"
    )
    path = os.pathsep.join([str(tmp_path), source_release["PYTHONPATH"]])
    script = "import mmf_mixer, mmf, pytorch_lightning as p; from mmf.models.base_model import BaseModel as B; " + (
        "print(issubclass(B, p.LightningModule), p.__file__)"
    )
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, env=source_release | {"PYTHONPATH": path}, capture_output=True, text=True)
    assert result.stdout.split() == ["True", str(tmp_path / "pytorch_lightning" / "__init__.py")], result.stderr


@source_only
def test_an_encoder_of_an_enum_is_read(source_release: dict[str, str]) -> None:
    from mmf.modules.encoders import TextEncoderTypes

    from mmf_mixer.models.bert_backend import ModalityConfig

    entry = {"key": "text", "type": "text", "embedding_dim": 3, "encoder": {"type": TextEncoderTypes.identity}}
    assert ModalityConfig.read(entry).is_words
    entry["encoder"] = {"type": TextEncoderTypes.transformer}
    assert ModalityConfig.read(entry, strict=False).is_words  # the stock model builds it
