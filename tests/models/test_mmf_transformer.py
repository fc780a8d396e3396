"""The registered mmf_transformer, ours or the stock one, equals the golden cases and refuses bad input clearly."""

from pathlib import Path
from typing import Any

import pytest
import torch
from mmf.common.registry import registry
from mmf.common.sample import SampleList
from mmf.modules.encoders import Encoder
from omegaconf import DictConfig, OmegaConf
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel

import mmf_mixer.models.mmf_transformer  # noqa: F401  # registers the model where MMF has none
from mmf_mixer.errors import InputError
from mmf_mixer.releases import is_package_release

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = ["case_1", "case_2"]
TOLERANCE = 1e-5

TEXT = {"type": "text", "key": "text", "embedding_dim": 32, "segment_id": 0}
AUDIO = {"type": "audio", "key": "audio", "embedding_dim": 6, "segment_id": 1}
VIDEO = {"type": "video", "key": "video", "embedding_dim": 5, "segment_id": 2}
ENCODED = {**TEXT, "embedding_dim": 16, "consume_raw": False, "encoder": {"type": "words"}}
MASKS = {"text_mask": torch.ones(2, 7), "audio_mask": torch.ones(2, 3), "video_mask": torch.ones(2, 4)}

ours_only = pytest.mark.skipif(not is_package_release(), reason="the stock model is registered")


@registry.register_encoder("words")
class Words(Encoder):  # type: ignore[misc]  # MMF has no types
    """Token ids B x T to vectors B x T x 16; vectors of that width stay as they are."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.table = nn.Embedding(20, 16)

    def forward(self, values: Tensor) -> Tensor:
        return values if values.is_floating_point() else self.table(values)


def save_bert(config: BertConfig, folder: Path) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(2)  # else its weights would hang on what was drawn before, and could be those of a test
        BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a very small BERT of 10 positions and 2 segments."""
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 64}
    config = BertConfig(vocab_size=20, max_position_embeddings=10, **sizes)
    return save_bert(config, tmp_path_factory.mktemp("bert"))


def config_of(modalities: list[dict[str, Any]], bert: Path, **options: Any) -> DictConfig:
    """The golden cases' options over other modalities and a BERT with H = 32."""
    config = OmegaConf.load(GOLDEN / "case_1" / "config.yaml").model_config.mmf_transformer
    config.modalities, config.transformer_base = modalities, str(bert)
    return OmegaConf.merge(config, options)


def built(config: DictConfig) -> Any:
    torch.manual_seed(0)
    model = registry.get_model_class("mmf_transformer")(config)
    model.build()
    return model.eval()


def batch(**fields: Tensor) -> SampleList:
    """MMF's own batch of these fields."""
    samples = SampleList()
    for key, value in fields.items():
        samples.add_field(key, value)
    return samples


def small_batch(**fields: Tensor) -> SampleList:
    """Two samples with 7 words, 3 tokens of audio and 4 of video, but for the `fields` given."""
    generator = torch.Generator().manual_seed(0)
    values = {
        "text": torch.randint(20, (2, 7), generator=generator),
        "audio": torch.randn(2, 3, 6, generator=generator),
        "video": torch.randn(2, 4, 5, generator=generator),
    }
    return batch(**values | MASKS | fields)


def scores_of(model: Any, samples: SampleList) -> Tensor:
    scores: Tensor = model.forward(samples)["scores"]
    return scores


# --- the golden cases


@pytest.fixture(scope="module", params=CASES)
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Any, dict[str, Tensor], str]:
    """A model with the golden weights, everything it computes for the golden inputs, and the case's name."""
    name: str = request.param
    bert = save_bert(BertConfig.from_pretrained(GOLDEN / name / "bert"), tmp_path_factory.mktemp(name))
    config = OmegaConf.load(GOLDEN / name / "config.yaml").model_config.mmf_transformer
    config.transformer_base = str(bert)
    model = built(config)
    model.load_state_dict(load_file(GOLDEN / name / "model.safetensors"))
    computed: dict[str, Tensor] = {}

    def keep(key: str) -> Any:
        return lambda module, given, result: computed.__setitem__(key, result.detach())

    model.backend.embeddings.register_forward_hook(keep("embedding"))
    head = model.heads[0]
    head.register_forward_pre_hook(lambda module, given: computed.__setitem__("sequence_output", given[0].detach()))
    head.pooler.register_forward_hook(keep("pooled"))
    inputs = load_file(GOLDEN / name / "inputs.safetensors")
    scores = scores_of(model, batch(**inputs))
    loss = nn.functional.cross_entropy(scores, inputs["targets"])
    loss.backward()
    return model, computed | {"scores": scores.detach(), "loss": loss.detach()}, name


def test_has_exactly_the_golden_state_dict_keys(case: tuple[Any, dict[str, Tensor], str]) -> None:
    model, _, name = case
    golden = load_file(GOLDEN / name / "model.safetensors")
    assert {key: value.shape for key, value in model.state_dict().items()} == {
        key: value.shape for key, value in golden.items()
    }


@pytest.mark.parametrize("quantity", ["embedding", "sequence_output", "pooled", "scores", "loss"])
def test_computes_the_golden_numbers(case: tuple[Any, dict[str, Tensor], str], quantity: str) -> None:
    _, computed, name = case
    expected = load_file(GOLDEN / name / "expected.safetensors")[quantity]
    torch.testing.assert_close(computed[quantity], expected, atol=TOLERANCE, rtol=0)


def test_computes_the_golden_gradients(case: tuple[Any, dict[str, Tensor], str]) -> None:
    model, _, name = case
    expected = load_file(GOLDEN / name / "grads.safetensors")
    gradients = {key: value.grad for key, value in model.named_parameters() if value.grad is not None}
    assert gradients.keys() == expected.keys()
    for key, gradient in expected.items():
        torch.testing.assert_close(gradients[key], gradient, atol=TOLERANCE, rtol=0, msg=key)


# --- what any mmf_transformer does


@pytest.mark.parametrize(
    "modalities", [[AUDIO], [VIDEO, AUDIO], [TEXT], [AUDIO, TEXT], [ENCODED], [ENCODED, AUDIO, VIDEO]]
)
def test_every_modality_of_any_subset_reaches_the_scores(modalities: list[dict[str, Any]], bert: Path) -> None:
    model = built(config_of(modalities, bert))
    scores_of(model, small_batch()).sum().backward()
    for embedding in model.backend.embeddings.token_embeddings:
        assert all(parameter.grad.abs().sum() > 0 for parameter in embedding.parameters())


def test_what_is_masked_changes_nothing(bert: Path) -> None:
    model = built(config_of([TEXT, AUDIO], bert))
    silent = {"audio_mask": torch.zeros(2, 3)}
    loud, soft = small_batch(**silent), small_batch(audio=torch.zeros(2, 3, 6), **silent)
    torch.testing.assert_close(scores_of(model, loud), scores_of(model, soft))
    assert not torch.allclose(scores_of(model, loud), scores_of(model, small_batch()))


def test_a_sample_without_any_modality_gives_finite_scores(bert: Path) -> None:
    model = built(config_of([TEXT, AUDIO], bert))
    nothing = small_batch(text_mask=torch.zeros(2, 7), audio_mask=torch.zeros(2, 3))
    assert scores_of(model, nothing).isfinite().all()


def test_goes_in_two_steps_through_one_sequence(bert: Path) -> None:
    lengths = {"text": 7, "audio": 3, "video": 4}
    entries = [entry | {"position_dim": lengths[str(entry["key"])]} for entry in (TEXT, AUDIO, VIDEO)]
    model = built(config_of(entries, bert))
    samples = small_batch(audio_mask=torch.tensor([[1, 1, 0], [0, 0, 0]]))
    tokens = model.encode(samples)
    assert tokens.values.shape == (2, 14, 32)
    assert tokens.mask[:, model.slices()["audio"]].tolist() == [[True, True, False], [False] * 3]
    assert model.slices() == {"text": slice(0, 7), "audio": slice(7, 10), "video": slice(10, 14)}
    torch.testing.assert_close(model.score(tokens), scores_of(model, samples), rtol=0, atol=0)
    assert not torch.allclose(model.score(tokens._replace(values=tokens.values.flip(0))), scores_of(model, samples))


def test_a_modality_without_position_dim_has_no_place_in_the_sequence(bert: Path) -> None:
    with pytest.raises(InputError, match="'audio' of mmf_transformer has no position_dim"):
        built(config_of([AUDIO], bert)).slices()


def test_encoded_text_takes_ids_and_stored_features_alike(bert: Path) -> None:
    model = built(config_of([ENCODED, AUDIO], bert))
    linear = model.backend.embeddings.token_embeddings[0][0]
    assert (linear.in_features, linear.out_features) == (16, 32)
    features = model.encoders["text"](small_batch()["text"])
    torch.testing.assert_close(scores_of(model, small_batch()), scores_of(model, small_batch(text=features)))


def test_stacked_texts_are_read_one_by_one(bert: Path) -> None:
    title, body = ({**TEXT, "key": key} for key in ("title", "body"))
    model = built(config_of([title, body], bert))
    texts = torch.randint(20, (2, 2, 5), generator=torch.Generator().manual_seed(0))
    stacked = scores_of(model, batch(input_ids=texts))
    torch.testing.assert_close(stacked, scores_of(model, batch(title=texts[:, 0], body=texts[:, 1])))


def test_segments_beyond_those_of_bert_start_near_their_mean(bert: Path) -> None:
    model = built(config_of([TEXT, AUDIO, VIDEO], bert))
    known = model.backend.transformer.embeddings.token_type_embeddings.weight
    segments = model.backend.embeddings.token_type_embeddings.weight
    torch.testing.assert_close(segments[:2], known)
    distance = (segments[2] - known.mean(dim=0)).abs()
    assert distance.mean() > 0 and distance.max() < 0.05


@pytest.mark.parametrize(
    ("modality", "fields", "sentence"),
    [
        ({**AUDIO, "embedding_dim": 9}, {}, "'audio': its encoder gives vectors of 6 numbers, but .* is 9"),
        (AUDIO, {"audio_mask": torch.ones(2, 5)}, "'audio': its mask is for 5 tokens, but it has 3"),
        (AUDIO, {"audio": torch.zeros(2, 12, 6), "audio_mask": torch.ones(2, 12)}, "12 tokens, but .* only 10"),
        ({**AUDIO, "key": "sound"}, {}, "'sound' .* not in the batch, which has text, audio, video"),
        pytest.param(
            {**ENCODED, "consume_raw": True}, {}, "read as words by BERT, but has the encoder words", marks=ours_only
        ),
    ],
)
def test_refuses_what_does_not_fit(
    modality: dict[str, Any], fields: dict[str, Tensor], sentence: str, bert: Path
) -> None:
    with pytest.raises(InputError, match=sentence):
        built(config_of([modality], bert))(small_batch(**fields))


@pytest.mark.parametrize("base", ["/no/such/bert", "no-such-bert"])
def test_names_a_bert_that_is_not_there(base: str) -> None:
    with pytest.raises(InputError, match=f"^transformer_base: .*{base}"):
        built(config_of([AUDIO], Path(base)))


# --- what only ours does


@ours_only
def test_refuses_a_transformer_that_is_no_bert(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "roberta"}')
    with pytest.raises(InputError, match=r"transformer_base: .*is not the config of a BERT \(it is of type roberta\)"):
        built(config_of([AUDIO], tmp_path, random_initialize=True))


@ours_only
def test_only_matrices_decay_and_the_multiplier_slows_all_but_the_head(bert: Path) -> None:
    model = built(config_of([TEXT, AUDIO], bert, finetune_lr_multiplier=0.5))
    options = OmegaConf.create({"optimizer": {"params": {"lr": 0.1}}})
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    seen = set()
    for group in model.get_optimizer_parameters(options):
        for parameter in group["params"]:
            name = names[id(parameter)]
            seen.add(name)
            assert group.get("lr", 0.1) == (0.1 if name.startswith("heads.") else 0.05)
            assert (group.get("weight_decay") == 0.0) == (parameter.dim() == 1)
    assert seen == set(names.values())


@ours_only
def test_a_frozen_transformer_is_left_out_of_training(bert: Path) -> None:
    model = built(config_of([AUDIO], bert, freeze_transformer=True))
    options = OmegaConf.create({"optimizer": {"params": {"lr": 0.1}}})
    trained = {id(parameter) for group in model.get_optimizer_parameters(options) for parameter in group["params"]}
    everything = {id(parameter): name for name, parameter in model.named_parameters()}
    left_out = {name for key, name in everything.items() if key not in trained}
    assert left_out == {name for name in everything.values() if name.startswith("backend.transformer.")}


@ours_only
def test_random_initialize_takes_the_shape_but_not_the_weights(bert: Path) -> None:
    loaded = built(config_of([AUDIO], bert)).backend.transformer.pooler.dense.weight
    torch.manual_seed(1)
    random = built(config_of([AUDIO], bert, random_initialize=True)).backend.transformer.pooler.dense.weight
    assert loaded.shape == random.shape and not torch.allclose(loaded, random)


@ours_only
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"tie_weight_to_encoder": "text"}, "cannot do tie_weight_to_encoder"),
        ({"heads": [{"type": "mlm"}]}, r"cannot do heads\[0\].type"),
        ({"backend": {"type": "fairseq"}}, "cannot do backend.type"),
        ({"heads": [{"type": "mlp", "in_dim": 768}]}, "in_dim of its head is 768, .* vectors of 32 numbers"),
    ],
)
def test_refuses_options_that_it_cannot_keep(options: dict[str, Any], sentence: str, bert: Path) -> None:
    with pytest.raises(InputError, match=sentence):
        built(config_of([AUDIO], bert, **options))


@ours_only
def test_refuses_an_empty_list_of_modalities(bert: Path) -> None:
    with pytest.raises(InputError, match="modalities is empty"):
        built(config_of([], bert))


@ours_only
def test_a_modality_without_embedding_dim_is_named(bert: Path) -> None:
    with pytest.raises(InputError, match="modality 'audio' .*embedding_dim"):
        built(config_of([{"type": "audio", "key": "audio"}], bert))


@ours_only
def test_a_pooled_modality_is_the_average_of_its_tokens(bert: Path) -> None:
    config = config_of([ENCODED, {**AUDIO, "position_dim": 3}, {**VIDEO, "position_dim": 4}], bert, pooled=["video"])
    config.modalities[0].position_dim = 7
    model = built(config)
    mask = torch.tensor([[1, 1, 0, 0], [0, 0, 0, 0]])
    samples = small_batch(video_mask=mask)
    video = samples["video"]
    by_hand = torch.stack([video[0, :2].mean(dim=0), video[1].mean(dim=0)]).unsqueeze(1)
    pooled = small_batch(video=by_hand, video_mask=torch.tensor([[1], [0]]))
    torch.testing.assert_close(scores_of(model, samples), scores_of(model, pooled))
    assert model.encode(samples).values.shape == (2, 11, 32)
    assert model.slices() == {"text": slice(0, 7), "audio": slice(7, 10), "video": slice(10, 11)}
