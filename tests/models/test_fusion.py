"""The shared trunk and the models that differ in their fusion only."""

from typing import Any

import pytest
import torch
from mmf.common.registry import registry
from omegaconf import OmegaConf
from torch.nn import functional as F

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.errors import InputError
from mmf_mixer.measures.register import ExpertsLoss
from mmf_mixer.models.attention_fusion import AttentionFusion
from mmf_mixer.models.concat_mlp import ConcatMLP
from mmf_mixer.models.fusion import FusionModel
from mmf_mixer.models.late_transformer import LateTransformer
from mmf_mixer.models.mmf_mixer import MMFMixer
from mmf_mixer.registered import register_labels

MODELS = {
    "mmf_mixer": MMFMixer,
    "concat_mlp": ConcatMLP,
    "attention_fusion": AttentionFusion,
    "late_transformer": LateTransformer,
}


def modality(key: str, width: int, tokens: int) -> dict[str, Any]:
    encoder = {"type": "identity", "params": {"in_dim": width}}
    return {"type": key, "key": key, "embedding_dim": width, "position_dim": tokens, "encoder": encoder}


def build(name: str, **changes: Any) -> FusionModel:
    torch.manual_seed(0)
    config = {
        "model": name,
        "modalities": [modality("text", 6, 3), modality("audio", 4, 2), modality("video", 5, 4)],
        "num_labels": 7,
        "channels": 16,
        "dropout": 0.0,
        "blocks": 2,
        "joint_blocks": 1,
        "token_width": 8,
        "channel_width": 24,
        "pools": 3,
        "experts": 0,
        "expert_channels": 8,
        "hidden": 20,
        "heads": 2,
        "losses": [{"type": "label_groups"}, {"type": "label_groups_of_experts"}],
        **changes,
    }
    model = MODELS[name](OmegaConf.create(config))
    model.build()
    return model.eval()


def batch(size: int = 3) -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    shapes = {"text": (3, 6), "audio": (2, 4), "video": (4, 5)}
    values = {key: torch.randn(size, *shape) for key, shape in shapes.items()}
    masks = {f"{key}_mask": torch.ones(size, shape[0], dtype=torch.long) for key, shape in shapes.items()}
    return {**values, **masks}


@pytest.mark.parametrize("name", MODELS)
class TestEveryModel:
    def test_compiles_into_one_graph(self, name: str) -> None:
        model = build(name, dropout=0.5, experts=2, head_dropout=0.5, bilinear=2, agreement=True).train()
        torch.manual_seed(2)
        given = torch.compile(model.forward, fullgraph=True, backend="aot_eager")(batch())
        torch.manual_seed(2)
        torch.testing.assert_close(given["scores"], model.forward(batch())["scores"], rtol=1e-5, atol=1e-6)

    def test_is_registered_with_defaults_of_its_own(self, name: str) -> None:
        assert registry.get_model_class(name) is MODELS[name]
        assert MODELS[name].config_path() == f"configs/models/{name}/defaults.yaml"

    def test_scores_and_gradients_reach_every_parameter(self, name: str) -> None:
        model = build(name)
        sample = batch()
        sample["audio_mask"][0] = sample["text_mask"][0] = sample["video_mask"][1] = 0
        scores = model.forward(sample)["scores"]
        assert scores.shape == (3, 7)
        scores.pow(2).sum().backward()
        unused = ["tokens.absent"] if name == "late_transformer" else []  # it looks at nothing that is absent
        assert [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()] == unused

    def test_goes_in_two_steps_through_one_sequence(self, name: str) -> None:
        model = build(name)
        tokens = model.encode(batch())
        assert tokens.values.shape == (3, 9, 16)
        assert model.slices() == {"text": slice(0, 3), "audio": slice(3, 5), "video": slice(5, 9)}
        torch.testing.assert_close(model.score(tokens), model.forward(batch())["scores"], rtol=0, atol=0)
        assert not torch.allclose(model.score(tokens._replace(values=-tokens.values)), model.score(tokens))

    def test_what_lies_under_an_absent_mask_does_not_matter(self, name: str) -> None:
        model, sample = build(name), batch()
        sample["video_mask"][:] = 0
        changed = {**sample, "video": sample["video"] + 5.0}
        torch.testing.assert_close(model.forward(sample)["scores"], model.forward(changed)["scores"])

    def test_saves_and_loads(self, name: str) -> None:
        model, other = build(name), build(name)
        for parameter in other.parameters():
            torch.nn.init.constant_(parameter, 0.1)
        other.load_state_dict(model.state_dict())
        torch.testing.assert_close(other.forward(batch())["scores"], model.forward(batch())["scores"])

    def test_a_clip_without_anything_is_scored_without_nan(self, name: str) -> None:
        sample = batch()
        for key in ("text", "audio", "video"):
            sample[f"{key}_mask"][:] = 0
        assert build(name).forward(sample)["scores"].isfinite().all()

    def test_runs_on_one_modality(self, name: str) -> None:
        model = build(name, modalities=[modality("audio", 4, 2)])
        assert model.forward(batch())["scores"].shape == (3, 7)

    def test_decays_matrices_only(self, name: str) -> None:
        model = build(name)
        decayed, spared = model.get_optimizer_parameters(OmegaConf.create({}))
        assert spared["weight_decay"] == 0.0
        assert {p.dim() for p in spared["params"]} == {1}
        assert len(decayed["params"]) + len(spared["params"]) == len(list(model.parameters()))

    def test_wrong_embedding_dim_names_the_modality(self, name: str) -> None:
        model = build(name, modalities=[modality("audio", 9, 2)])
        with pytest.raises(InputError, match=r"'audio'.*4 numbers.*embedding_dim is 9"):
            model.forward(batch())

    def test_missing_modality_names_the_processor(self, name: str) -> None:
        sample = batch()
        del sample["video"]
        with pytest.raises(InputError, match=r"'video'.*video_processor"):
            build(name).forward(sample)

    def test_incomplete_modality_is_refused(self, name: str) -> None:
        with pytest.raises(InputError, match="lacks 'position_dim'"):
            build(name, modalities=[{"key": "audio", "embedding_dim": 4, "encoder": {"type": "identity"}}])


def test_the_mixer_without_pools_averages_the_tokens_that_exist() -> None:
    model, sample = build("mmf_mixer", pools=0), batch()
    sample["audio_mask"][0, 1] = 0
    tokens = model.encode(sample)
    mixed = model.mixer(tokens.values)
    kept = mixed[0][tokens.mask[0]].mean(dim=0)
    assert tokens.mask[0].sum() == 8
    torch.testing.assert_close(model.head(kept), model.forward(sample)["scores"][0])


def test_the_mixers_head_reads_learned_averages() -> None:
    model = build("mmf_mixer")
    tokens = model.encode(batch())
    mixed = model.mixer(tokens.values)
    assert model.head.in_features == 3 * 16
    torch.testing.assert_close(model.head(model.pooling(mixed, tokens.mask)), model.forward(batch())["scores"])


def test_experts_say_what_each_present_modality_says_alone() -> None:
    model, sample = build("mmf_mixer", experts=2), batch()
    sample["audio_mask"][0] = 0
    model.pool.weights.copy_(torch.tensor([[2.0], [1.0], [0.0], [0.5]]).expand(4, 7))
    output = model.forward(sample)
    assert output["expert_present"].tolist() == [[True, False, True], [True] * 3, [True] * 3]
    assert not output["expert_scores"][0, 1].any() and output["expert_scores"][1:].all()
    text, _, video = output["expert_scores"].unbind(dim=1)
    fused = model.train().forward(sample)["scores"]
    torch.testing.assert_close(output["scores"], 2 * fused + text + 0.5 * video)
    other = model.eval().forward({**sample, "video": sample["video"] + 1.0})["expert_scores"]
    torch.testing.assert_close(other[:, :2], output["expert_scores"][:, :2], rtol=0, atol=0)
    assert not torch.allclose(other[:, 2], output["expert_scores"][:, 2])
    torch.testing.assert_close(model.score(model.encode(sample)), output["scores"], rtol=0, atol=0)


@pytest.mark.parametrize("name", ["mmf_mixer", "attention_fusion"])
def test_all_heads_drop_a_share_of_what_they_read_in_training_alone(name: str) -> None:
    read: list[torch.Tensor] = []
    model = build(name, experts=4, head_dropout=0.75)
    for head in (model.head, *model.experts.heads.values()):
        head.register_forward_pre_hook(lambda _, given: read.append(given[0]))
    model.forward(batch(64))
    assert len(read) == 4 and all(given.all() for given in read)
    read.clear()
    model.train().forward(batch(64))
    assert [(given == 0).float().mean().item() for given in read] == pytest.approx([0.75] * 4, abs=0.05)


@pytest.mark.parametrize("name", ["mmf_mixer", "attention_fusion"])
def test_fusion_and_experts_learn_apart(name: str) -> None:
    model = build(name, experts=2).train()

    def learning(output: str) -> set[str]:
        model.zero_grad()
        model.forward(batch())[output].pow(2).sum().backward()
        return {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}

    assert model.encode(batch()).values.shape == (3, 9, 16 + 8)
    by_fusion, by_experts = learning("scores"), learning("expert_scores")
    assert by_fusion | by_experts == {name for name, _ in model.named_parameters()} - {"tokens.absent"}
    assert all(name.startswith("tokens.") for name in by_fusion & by_experts)
    positions = model.tokens.positions.grad
    assert not positions[:, :16].any() and positions[:, 16:].any()


def planted_captions(clips: int) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """Clips of three words, shown by text and sound, in half of them others by the text. Targets: words, whose text."""
    said, other = torch.randint(3, (clips, 3)), torch.rand(clips) < 0.5
    read = torch.where(other[:, None], torch.randint(3, (clips, 3)), said)
    shown = {
        key: F.one_hot(words, 3).flatten(1).unsqueeze(1).float() for key, words in (("text", read), ("audio", said))
    }
    masks = {f"{key}_mask": torch.ones(clips, 1, dtype=torch.long) for key in shown}
    targets = torch.cat([F.one_hot(said, 3).flatten(1), torch.stack([~other, other], dim=1)], dim=1).float()
    return shown | masks | {"targets": targets}, targets


@pytest.mark.parametrize(("agreement", "bilinear", "right"), [(False, 0, False), (True, 0, True), (False, 9, True)])
def test_whose_the_caption_is_a_pool_or_products_say_and_no_sum_does(
    agreement: bool, bilinear: int, right: bool
) -> None:
    groups = [LabelGroup(f"word{place}", True, ("a", "b", "c")) for place in range(3)]
    labels = Labels((*groups, LabelGroup("caption", True, ("own", "other"))))
    model = build(
        "mmf_mixer",
        modalities=[modality("text", 9, 1), modality("audio", 9, 1)],
        num_labels=11,
        experts=2,
        agreement=agreement,
        bilinear=bilinear,
    ).train()
    (train, targets), (val, known), (test, asked) = (planted_captions(clips) for clips in (512, 96, 300))
    register_labels("toy", labels, targets.sum(dim=0), len(targets))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(40):
        optimizer.zero_grad()
        output = model.forward(train | {"dataset_name": "toy"})
        ExpertsLoss()(train | {"dataset_name": "toy"}, output).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        model.pool.fit(model.heads_of(model.encode(val)).scores, known, labels)
        own, other = model.forward(test)["scores"][:, 9:].T
    accuracy = ((other > own) == asked[:, 10].bool()).float().mean()
    assert accuracy > 0.85 if right else accuracy < 0.65


def test_moments_are_as_precise_in_half_precision() -> None:
    sample = batch(300) | {"targets": (torch.rand(300, 7) < 0.5).float(), "dataset_name": "toy"}
    register_labels("toy", Labels((LabelGroup("any", False, tuple("abcdefg")),)), torch.full((7,), 150), 300)
    whole, half = (build("mmf_mixer", experts=2, bilinear=4).train() for _ in range(2))

    whole.forward(sample)
    with torch.autocast("cpu", torch.bfloat16):
        half.forward(sample)

    assert whole.bilinear.means.any()
    for name, value in whole.bilinear.state_dict().items():
        assert torch.equal(half.bilinear.state_dict()[name], value)


def test_a_model_of_before_it_multiplied_is_loaded_and_says_what_it_said() -> None:
    before, model = (
        build("mmf_mixer", experts=2, agreement=True),
        build("mmf_mixer", experts=2, agreement=True, bilinear=8),
    )
    before.pool.weights.uniform_(0.5, 2.0)

    model.load_state_dict(before.state_dict())

    torch.testing.assert_close(model.forward(batch())["scores"], before.forward(batch())["scores"])


def test_experts_without_their_loss_are_refused() -> None:
    with pytest.raises(InputError, match=r"mmf_mixer: .* label_groups_of_experts"):
        build("mmf_mixer", experts=2, losses=[{"type": "label_groups"}])
    build("mmf_mixer", experts=0, losses=[{"type": "label_groups"}])


def test_a_single_modality_has_no_expert() -> None:
    model = build("mmf_mixer", experts=2, modalities=[modality("text", 6, 3)])
    output = model.forward(batch())
    assert output["expert_scores"].shape == (3, 0, 7) and output["expert_present"].shape == (3, 0)
    assert not any("expert" in name or "pool.weights" in name for name in model.state_dict())


def test_the_concat_model_does_not_see_the_order_of_tokens_within_a_modality() -> None:
    model, sample = build("concat_mlp"), batch()
    torch.nn.init.zeros_(model.tokens.positions)
    turned = {**sample, "video": sample["video"].flip(1)}
    torch.testing.assert_close(model.forward(turned)["scores"], model.forward(sample)["scores"])
    mixer = build("mmf_mixer")
    torch.nn.init.zeros_(mixer.tokens.positions)
    assert not torch.allclose(mixer.forward(turned)["scores"], mixer.forward(sample)["scores"])


def test_the_attention_model_is_the_pre_norm_transformer_of_the_textbook() -> None:
    model, sample = build("attention_fusion", blocks=1, pools=0), batch()
    sample["audio_mask"][0, 1] = 0
    tokens, block = model.encode(sample), model.blocks[0]
    allowed = tokens.mask[0].float().log()  # 0 or minus infinity
    normed = block.norm1(tokens.values[0])
    query, key, value = (normed @ block.self_attn.in_proj_weight.T + block.self_attn.in_proj_bias).chunk(3, dim=1)
    heads = []
    for head in (slice(0, 8), slice(8, 16)):
        attended = query[:, head] @ key[:, head].T / 8**0.5 + allowed
        heads.append(attended.softmax(dim=1) @ value[:, head])
    values = tokens.values[0] + block.self_attn.out_proj(torch.cat(heads, dim=1))
    values = values + block.linear2(torch.nn.functional.gelu(block.linear1(block.norm2(values))))
    pooled = model.norm(values)[tokens.mask[0]].mean(dim=0)
    torch.testing.assert_close(model.head(pooled), model.forward(sample)["scores"][0], rtol=1e-4, atol=1e-5)


def test_no_token_attends_to_an_absent_one_where_the_mixer_mixes_it_in() -> None:
    for name, same in (("attention_fusion", True), ("mmf_mixer", False)):
        model, sample = build(name, pools=0), batch()
        sample["video_mask"][:] = 0
        before = model.forward(sample)["scores"]
        torch.nn.init.constant_(model.tokens.absent, 3.0)
        assert torch.allclose(model.forward(sample)["scores"], before, atol=1e-6) == same


def test_modalities_of_the_late_transformer_meet_as_one_vector_each() -> None:
    model, sample = build("late_transformer"), batch()
    sample["audio_mask"][:] = 0
    tokens = model.encode(sample)
    summary = model.summary.expand(3, -1)
    spans = {key: tokens.values[:, span] for key, span in model.slices().items()}
    vectors = {key: values for key, values in spans.items() if key != "audio"}
    for key, values in vectors.items():
        for layer in model.own[list(spans).index(key)]:
            values = layer(values)
        vectors[key] = values.mean(dim=1)
    joint = torch.stack([summary, vectors["text"], vectors["video"]], dim=1)
    for layer in model.joint:
        joint = layer(joint)
    expected = model.head(model.norm(joint[:, 0]))
    torch.testing.assert_close(model.forward(sample)["scores"], expected, rtol=1e-4, atol=1e-5)
