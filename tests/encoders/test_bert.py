"""BERTs from folders, files and caches, quietly, and what is said where they cannot be had."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertModel

from mmf_mixer.encoders.bert import load_bert
from mmf_mixer.errors import InputError


def states_equal(one: BertModel, other: BertModel) -> bool:
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(name == also and torch.equal(value, same) for (name, value), (also, same) in pairs)


def test_the_weights_are_those_that_hugging_face_loads_but_it_reports_nothing(
    bert: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    loaded = load_bert(bert, "default")
    assert capfd.readouterr() == ("", "") and not caplog.records
    assert states_equal(loaded, BertModel.from_pretrained(bert, add_pooling_layer=False))
    assert not loaded.training and loaded.pooler is None


def test_weights_from_a_folder_and_from_files(bert: str, tmp_path: Path) -> None:
    state = load_file(f"{bert}/model.safetensors")
    # as a checkpoint of BERT with a head, in the names of the first release
    old = {f"bert.{name}".replace("LayerNorm.weight", "LayerNorm.gamma"): value for name, value in state.items()}
    torch.save(old | {"cls.predictions.bias": torch.zeros(50)}, tmp_path / "w.bin")
    for weights in (bert, f"{bert}/model.safetensors", str(tmp_path / "w.bin")):
        assert states_equal(load_bert(bert, weights), load_bert(bert, "default"))


def test_a_folder_may_hold_a_torch_file_instead(bert: str, tmp_path: Path) -> None:
    shutil.copy(f"{bert}/config.json", tmp_path)
    torch.save(load_file(f"{bert}/model.safetensors"), tmp_path / "pytorch_model.bin")
    assert states_equal(load_bert(str(tmp_path), "default"), load_bert(bert, "default"))


def test_random_weights_need_the_shape_only(bert: str, tmp_path: Path) -> None:
    shutil.copy(f"{bert}/config.json", tmp_path)
    assert not states_equal(load_bert(str(tmp_path), "none"), load_bert(bert, "default"))
    with torch.device("meta"):
        config = load_bert("bert-large-uncased", "none").config  # known without a network
    assert (config.hidden_size, config.num_hidden_layers, config.num_attention_heads) == (1024, 24, 16)
    assert (config.intermediate_size, config.vocab_size, config.pad_token_id) == (4096, 30522, 0)


def test_the_cache_of_hugging_face_is_used(bert: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = tmp_path / "models--someone--small-bert"
    shutil.copytree(bert, repository / "snapshots" / "abc")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert states_equal(load_bert("someone/small-bert", "default"), load_bert(bert, "default"))


def test_without_network_and_cache_one_sentence_says_all() -> None:
    with pytest.raises(InputError) as caught:
        load_bert("bert-large-uncased", "default")
    sentence = str(caught.value)
    assert sentence.startswith(
        "bert_text: bert-large-uncased is no folder, and its model.safetensors (1.34 GB) is not in"
    )
    assert "cannot be downloaded (" in sentence and "\n" not in sentence
    assert sentence.endswith(
        "; put model.safetensors and config.json of https://huggingface.co/bert-large-uncased/tree/main into a folder "
        "and name that, or set weights to a path, or to none."
    )
    with pytest.raises(InputError, match=r"its model\.safetensors is not in"):  # of unknown size
        load_bert("someone/small-bert", "default")


def test_weights_of_another_bert_are_refused(bert: str, tmp_path: Path) -> None:
    state = load_file(f"{bert}/model.safetensors")
    save_file({name: value for name, value in state.items() if "layer.1" not in name}, tmp_path / "short.safetensors")
    with pytest.raises(
        InputError, match=r"short\.safetensors is not of a BERT like .*: encoder\.layer\.1.* is missing"
    ):
        load_bert(bert, str(tmp_path / "short.safetensors"))
    save_file(
        {name: value[:3].contiguous() if value.shape[0] == 16 else value for name, value in state.items()},
        tmp_path / "small.safetensors",
    )
    with pytest.raises(InputError, match=r"small\.safetensors is not of a BERT like .* or of another size\.$"):
        load_bert(bert, str(tmp_path / "small.safetensors"))


def test_a_truncated_file_and_an_empty_folder_are_named(bert: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no model\.safetensors or pytorch_model\.bin in "):
        load_bert(str(tmp_path), "default")
    shutil.copy(f"{bert}/config.json", tmp_path)
    content = Path(bert, "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"model\.safetensors cannot be read as a state dict"):
        load_bert(str(tmp_path), "default")
    (tmp_path / "config.json").write_text('{"hidden_size": ')
    with pytest.raises(InputError, match=r"config\.json is not the config of a BERT"):
        load_bert(str(tmp_path), "none")
