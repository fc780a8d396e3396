"""MMFTransformer with the Mixer's heads: its own scores beside theirs, pooled in evaluation."""

from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import OmegaConf
from transformers import BertConfig

from mmf_mixer.errors import InputError
from mmf_mixer.models.mmf_transformer_experts import MMFTransformerExperts
from mmf_mixer.modules.tokens import TokenSequence
from tests.models.test_fusion import batch, modality
from tests.models.test_mmf_transformer import save_bert


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = BertConfig(vocab_size=20, max_position_embeddings=10, **sizes)
    return save_bert(config, tmp_path_factory.mktemp("bert"))


def build(bert: Path, keys: tuple[str, ...] = ("text", "audio", "video"), **changes: Any) -> MMFTransformerExperts:
    torch.manual_seed(0)
    shapes = {"text": (6, 3), "audio": (4, 2), "video": (5, 4)}
    entries = [{**modality(key, *shapes[key]), "consume_raw": False, "segment_id": 0} for key in keys]
    defaults = OmegaConf.load(MMFTransformerExperts.config_path()).model_config.mmf_transformer_experts
    given = {"model": "mmf_transformer_experts", "modalities": entries, "num_labels": 7, "transformer_base": str(bert)}
    sizes = {"channels": 16, "experts": 2, "expert_channels": 8, "dropout": 0.0}
    model = MMFTransformerExperts(OmegaConf.merge(defaults, given, sizes, changes))
    model.build()
    return model.eval()


def test_its_first_head_is_the_transformer_and_the_others_read_one_modality_each(bert: Path) -> None:
    model, sample = build(bert), batch()
    sample["audio_mask"][0] = 0
    heads = model.heads_of(model.encode(sample))
    assert heads.present.tolist() == [[True, True, False, True], [True] * 4, [True] * 4]
    torch.testing.assert_close(heads.scores[:, 0], model.transformer.forward(sample)["scores"])
    changed = model.heads_of(model.encode({**sample, "video": sample["video"] + 1.0})).scores
    torch.testing.assert_close(changed[:, 1:3], heads.scores[:, 1:3])
    assert not any(torch.allclose(changed[:, head], heads.scores[:, head]) for head in (0, 3))


def test_scores_pool_all_heads_in_evaluation_and_are_the_transformers_in_training(bert: Path) -> None:
    model, sample = build(bert), batch()
    model.pool.weights.copy_(torch.tensor([[2.0], [1.0], [0.0], [0.5]]).expand(4, 7))
    tokens = model.encode(sample)
    first, text, _, video = model.heads_of(tokens).scores.unbind(dim=1)
    torch.testing.assert_close(model.score(tokens), 2 * first + text + 0.5 * video)
    model.train()
    assert model.forward(sample)["expert_scores"].shape == (3, 3, 7)


def test_gradients_reach_all_but_what_bert_has_for_words_alone(bert: Path) -> None:
    model, sample = build(bert).train(), batch()
    sample["audio_mask"][0, 1] = 0
    output = model.forward(sample)
    (output["scores"].pow(2).sum() + output["expert_scores"].pow(2).sum()).backward()
    unused = {name for name, each in model.named_parameters() if each.grad is None or not each.grad.any()}
    words = ("transformer.backend.transformer.embeddings.", "transformer.backend.transformer.pooler.")
    assert [name for name in unused if not name.startswith(words)] == []


def test_what_is_hidden_from_it_does_not_matter_and_one_modality_is_enough(bert: Path) -> None:
    model, sample = build(bert), batch()
    sample["video_mask"][:] = 0
    changed = {**sample, "video": sample["video"] + 5.0}
    torch.testing.assert_close(model.forward(sample)["scores"], model.forward(changed)["scores"])
    alone = build(bert, keys=("audio",))
    tokens: TokenSequence = alone.encode(batch())
    assert alone.score(tokens).shape == (3, 7) and alone.slices() == {"audio": slice(0, 2)}


def test_other_channels_than_those_of_bert_are_refused(bert: Path) -> None:
    with pytest.raises(InputError, match="channels is 32, but the BERT of transformer_base has 16; set channels: 16"):
        build(bert, channels=32)
