"""MMF's vision transformer against the one of transformers, which has other parts."""

import importlib
from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf
from transformers import ViTConfig, ViTModel

from mmf_mixer.releases import is_package_release

pytestmark = pytest.mark.skipif(is_package_release(), reason="the package release has no ViT")
SIZES = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}


@pytest.fixture
def saved(tmp_path: Path) -> tuple[ViTModel, dict[str, object]]:
    """transformers' model, and the options by which MMF loads it."""
    torch.manual_seed(1)
    model = ViTModel(ViTConfig(image_size=8, patch_size=4, **SIZES)).eval()
    model.save_pretrained(tmp_path)
    return model, {"pretrained_model_name": str(tmp_path), "image_size": [8, 8]}


def test_the_same_weights_give_the_same_states(saved: tuple[ViTModel, dict[str, object]]) -> None:
    theirs, options = saved
    vit = importlib.import_module("mmf.modules.vit")
    ours, config = vit.ViTModel.from_config(OmegaConf.create(options))
    assert config.image_size == [8, 8] and "encoder.layer.1.attention.attention.query.weight" in ours.state_dict()
    pictures = torch.randn(2, 3, 8, 8)
    found = ours.eval()(pictures, output_hidden_states=True, output_attentions=True)
    wanted = theirs(pictures, output_hidden_states=True)
    torch.testing.assert_close(found.last_hidden_state, wanted.last_hidden_state)
    torch.testing.assert_close(found.pooler_output, wanted.pooler_output)
    torch.testing.assert_close(found.hidden_states, wanted.hidden_states)
    torch.testing.assert_close(found.attentions[1].sum(-1), torch.ones(2, 2, 5))


def test_what_is_masked_is_not_attended_to(saved: tuple[ViTModel, dict[str, object]]) -> None:
    options = saved[1] | {"do_patch_embeddings": False}
    encoder = importlib.import_module("mmf.modules.encoders").ViTEncoder(OmegaConf.create(options)).eval()
    tokens, mask = torch.randn(1, 3, 8), torch.tensor([[1, 1, 0]])
    masked, _ = encoder(tokens, mask)
    torch.testing.assert_close(masked[:, :2], encoder(tokens[:, :2])[0])
    cube = mask[:, None].expand(1, 3, 3)  # by token
    torch.testing.assert_close(encoder(tokens, cube)[0], masked)
    without = encoder(tokens, head_mask=torch.tensor([1.0, 0.0]))[0]
    assert not torch.allclose(without, encoder(tokens)[0])
    torch.testing.assert_close(encoder(tokens, head_mask=torch.tensor([[1.0, 0.0]] * 2))[0], without)
