"""What MMF imports from libraries that have moved on. Without these mends `import mmf`, and so all tests, fail."""

import importlib.util

import pytest
import torch
from transformers import BertConfig

from mmf_mixer.releases import is_package_release

package_only = pytest.mark.skipif(not is_package_release(), reason="the package release's own imports")


def test_demjson_reads_what_mmf_gives_it():
    from mmf.utils.configuration import Configuration

    assert Configuration()._build_demjson_config("{a: {b: 1}}") == {"a": {"b": 1}}


def test_no_word_vectors():
    from mmf.utils import vocab

    assert vocab.vocab.pretrained_aliases == {}


@package_only
def test_a_config_is_saved_as_yaml_with_its_interpolations_resolved(tmp_path):
    from mmf.utils.checkpoint import Checkpoint
    from omegaconf import OmegaConf

    checkpoint = object.__new__(Checkpoint)
    checkpoint.config, checkpoint.ckpt_foldername = OmegaConf.create({"a": 1, "b": "${a}"}), str(tmp_path)
    checkpoint.save_config()
    assert (tmp_path / "config.yaml").read_text() == "a: 1\nb: 1\n"


@pytest.fixture
def tiny_bert():
    return BertConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, vocab_size=20, num_labels=2
    )


def test_visual_bert_is_initialised_and_runs_without_a_gpu(tiny_bert):
    from mmf.models.visual_bert import VisualBERTBase

    tiny_bert.update({"visual_embedding_dim": 4, "embedding_strategy": "plain", "bypass_transformer": False})
    tiny_bert.initializer_range = 1e-6
    model = VisualBERTBase(tiny_bert, visual_embedding_dim=4).eval()
    assert model.encoder.layer[0].intermediate.dense.weight.std() < 1e-5  # init_weights has been through
    sequence, pooled, _ = model(
        torch.arange(3)[None],
        attention_mask=torch.ones(1, 5, dtype=torch.long),
        visual_embeddings=torch.ones(1, 2, 4),
        visual_embeddings_type=torch.ones(1, 2, dtype=torch.long),
    )
    assert sequence.shape == (1, 5, 8)
    assert torch.equal(pooled, model.pooler(sequence))


def test_pretraining_heads_share_the_embeddings(tiny_bert):
    from transformers import BertModel

    output, embeddings = torch.nn.Linear(8, 20, bias=False), torch.nn.Embedding(20, 8)
    BertModel(tiny_bert)._tie_or_clone_weights(output, embeddings)
    assert output.weight is embeddings.weight


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU to go to")
def test_only_mmfs_own_calls_of_cuda_stay_on_the_cpu():
    tensor = torch.ones(1)
    assert eval("tensor.cuda()", {"tensor": tensor, "__name__": "mmf.models.visual_bert"}) is tensor
    with pytest.raises((RuntimeError, AssertionError)):
        tensor.cuda()


def test_the_stub_of_torchtext_is_not_taken_for_the_library():
    import mmf.utils.vocab  # noqa: F401

    assert importlib.util.find_spec("torchtext") is None
