from pathlib import Path

import pytest
import torch


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a BERT of 16 channels and two layers, with its pooler, which our encoder leaves out."""
    from transformers import BertConfig, BertModel

    folder: Path = tmp_path_factory.mktemp("bert")
    config = BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32)
    torch.manual_seed(0)
    BertModel(config).save_pretrained(folder)
    return str(folder)
