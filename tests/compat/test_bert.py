"""BERT as models of MMF's source release want it."""

import importlib

import pytest
import torch
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertEncoder, BertSelfAttention

from mmf_mixer.compat.bert import AllLayers, CrossAttention, LayerOfSeveral
from mmf_mixer.releases import is_package_release

SIZES = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}


@pytest.fixture
def config() -> BertConfig:
    torch.manual_seed(1)
    found = BertConfig(vocab_size=4, **SIZES)
    found._attn_implementation = "eager"
    return found


def test_the_states_between_layers_are_given_if_asked_for(config: BertConfig) -> None:
    encoder = BertEncoder(config).eval()
    x, mask = torch.randn(2, 3, 8), torch.zeros(2, 1, 1, 3)
    wanted = encoder(x, mask)[0]
    encoder.__class__ = AllLayers
    last, states = encoder(x, mask, output_hidden_states=True).to_tuple()
    assert torch.equal(last, wanted) and torch.equal(encoder(x, mask)[0], wanted)
    assert len(states) == 3 and torch.equal(states[0], x) and torch.equal(states[1], encoder.layer[0](x, mask))


def test_cross_attention_attends_to_the_other_sequence(config: BertConfig) -> None:
    attention = CrossAttention(config).eval()
    x, other = torch.randn(1, 3, 8), torch.randn(1, 1, 8)
    found = attention(x, encoder_hidden_states=other, encoder_attention_mask=torch.zeros(1, 1, 1, 1))[0]
    assert torch.allclose(found, attention.value(other).expand(1, 3, 8), atol=1e-6)  # there is one token to attend to
    masked = torch.tensor([[[[0.0, -10000.0]]]])
    both = torch.cat([other, torch.randn(1, 1, 8)], dim=1)
    again = attention(x, encoder_hidden_states=both, encoder_attention_mask=masked)[0]
    assert torch.allclose(again, found, atol=1e-6)
    assert attention.state_dict().keys() == BertSelfAttention(config).state_dict().keys()  # as in old checkpoints


def test_a_layer_gives_its_output_first_of_a_tuple(config: BertConfig) -> None:
    x = torch.randn(2, 3, 8)
    assert LayerOfSeveral(config).eval()(x)[0].shape == (2, 3, 8)


@pytest.mark.skipif(is_package_release(), reason="the package release has no LXMERT of this kind")
def test_lxmert_attends_across(config: BertConfig) -> None:
    lxmert = importlib.import_module("mmf.models.lxmert")
    layer = lxmert.BertCrossattLayer(config).eval()
    x, a, b = torch.randn(2, 3, 8), torch.randn(2, 5, 8), torch.randn(2, 5, 8)
    assert layer(x, a).shape == (2, 3, 8) and not torch.allclose(layer(x, a), layer(x, b))


@pytest.mark.skipif(is_package_release(), reason="the package release has no TorchScript of its own")
def test_a_scripted_model_gives_what_it_gave(config: BertConfig) -> None:
    layers = importlib.import_module("mmf.modules.hf_layers")
    layers.replace_with_jit()
    try:
        model = layers.BertModelJit(config).eval()
        scripted = torch.jit.script(model)
        words = torch.tensor([[1, 2, 3]])
        torch.testing.assert_close(scripted(words)[:2], model(words)[:2])
    finally:
        layers.undo_replace_with_jit()
