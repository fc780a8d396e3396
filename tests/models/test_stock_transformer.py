"""The mends of the stock mmf_transformer that its users do not see in its results."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from mmf.common.registry import registry
from mmf.common.sample import SampleList
from mmf.utils.configuration import load_yaml
from omegaconf import DictConfig, OmegaConf
from transformers import BertConfig, BertModel

from mmf_mixer.models.mmf_transformer import MMFTransformer
from mmf_mixer.releases import is_package_release

pytestmark = pytest.mark.skipif(is_package_release(), reason="only the source release has the stock mmf_transformer")


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bert")
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=20, max_position_embeddings=10, **sizes)).save_pretrained(folder)
    return folder


def defaults() -> dict[str, Any]:
    path = registry.get_model_class("mmf_transformer").config_path()
    values = OmegaConf.to_container(load_yaml(path).model_config.mmf_transformer)
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items()}


def config_with(bert: Path, **text: Any) -> DictConfig:
    """A whole config whose model has a text and an audio modality, by interpolation."""
    entries = [
        {"type": "text", "key": "text", "embedding_dim": 16, "segment_id": 0} | text,
        {"type": "audio", "key": "audio", "embedding_dim": 6, "segment_id": 4},
    ]
    model = defaults() | {
        "model": "mmf_transformer",
        "transformer_base": str(bert),
        "modalities": "${modalities}",
        "heads": [{"type": "mlp", "in_dim": 32, "hidden_size": 32, "num_labels": 2}],
        "losses": [],
        "freeze_transformer": False,
    }
    optimizer = {"type": "AdamW", "params": {"lr": 0.1, "weight_decay": 0.05}}
    whole = {
        "modalities": entries,
        "model": "mmf_transformer",
        "model_config": {"mmf_transformer": model},
        "optimizer": optimizer,
        "training": {},
    }
    config = OmegaConf.create(whole)
    OmegaConf.set_readonly(config, True)
    return config


def built(config: DictConfig) -> Any:
    model = registry.get_model_class("mmf_transformer")(config.model_config.mmf_transformer)
    model.build()
    return model


def test_other_berts_of_the_process_stay_as_they_are(bert: Path) -> None:
    other = BertModel.from_pretrained(bert, add_pooling_layer=False).eval()
    ids = torch.arange(5)[None]
    before = other(ids).last_hidden_state
    model = built(config_with(bert))
    torch.testing.assert_close(other(ids).last_hidden_state, before)
    torch.testing.assert_close(model.backend.transformer(ids)[0], before, atol=1e-5, rtol=0)  # MMF's own forward


def test_a_copy_of_the_model_computes_with_its_own_weights(bert: Path) -> None:
    model = built(config_with(bert)).eval()
    twin = copy.deepcopy(model.backend.transformer)
    ids = torch.arange(5)[None]
    before = model.backend.transformer(ids)[0]
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    torch.testing.assert_close(model.backend.transformer(ids)[0], before)
    assert twin(ids)[0].abs().sum() == 0


def test_the_scripted_model_gives_the_scores_that_it_gave(bert: Path) -> None:
    config = config_with(bert)
    OmegaConf.set_readonly(config, False)
    config.modalities[1].segment_id = 1
    model = built(config).eval()
    batch = SampleList()
    batch.add_field("text", torch.tensor([[1, 2, 3]]))
    batch.add_field("audio", torch.randn(1, 6))
    torch.testing.assert_close(torch.jit.script(model)(batch)["scores"], model(batch)["scores"])


def test_encoded_text_is_renamed_for_the_model_alone(bert: Path) -> None:
    config = config_with(bert, consume_raw=False)
    assert [entry.type for entry in built(config).config.modalities] == ["encoded_text", "audio"]
    assert [entry.type for entry in config.modalities] == ["text", "audio"]


def test_the_segment_table_reaches_the_largest_segment_id(bert: Path) -> None:
    assert built(config_with(bert)).backend.embeddings.token_type_embeddings.weight.shape == (5, 32)


def test_weights_decay_as_the_optimizer_says(bert: Path) -> None:
    config = config_with(bert)
    groups = built(config).get_optimizer_parameters(config)
    assert sorted({group["weight_decay"] for group in groups}) == [0.0, 0.05]


def test_its_defaults_are_mmfs_own_even_where_ours_lie_in_the_working_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(Path(__file__).resolve().parents[2])
    assert [entry["type"] for entry in defaults()["modalities"]] == ["text", "image"]


@pytest.mark.parametrize("text", [{"embedding_dim": 32}, {"consume_raw": False}])
@pytest.mark.parametrize("use", [slice(None), slice(1), slice(1, None)])
def test_ours_gives_the_scores_and_gradients_of_the_stock_model(bert: Path, text: dict[str, Any], use: slice) -> None:
    config = config_with(bert, **text)
    OmegaConf.set_readonly(config, False)
    config.modalities = config.modalities[use]
    stock, ours = built(config).eval(), MMFTransformer(config.model_config.mmf_transformer)
    ours.build()
    ours.eval().load_state_dict(stock.state_dict())
    generator = torch.Generator().manual_seed(0)
    ids, vectors = torch.randint(20, (2, 4), generator=generator), torch.randn(2, 4, 16, generator=generator)
    batch = SampleList()
    batch.add_field("text", ids if "embedding_dim" in text else vectors)
    batch.add_field("text_mask", torch.tensor([[1, 1, 1, 0], [1, 0, 0, 0]]))
    batch.add_field("audio", torch.randn(2, 6, generator=generator))
    scores = [model.forward(batch)["scores"] for model in (stock, ours)]
    torch.testing.assert_close(scores[1], scores[0], atol=1e-5, rtol=0)
    gradients = []
    for model, result in zip((stock, ours), scores, strict=True):
        result[:, 0].sum().backward()
        gradients.append({name: part.grad for name, part in model.named_parameters() if part.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, atol=1e-5, rtol=0, msg=name)
