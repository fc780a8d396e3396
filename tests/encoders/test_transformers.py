"""The contract of any Hugging Face model as an encoder, over tiny random ones of many families."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf
import yaml
from mmf.common.registry import registry
from mmf.utils.build import build_encoder
from omegaconf import OmegaConf
from PIL import Image

from mmf_mixer.annotate.pictures import Pictures
from mmf_mixer.annotate.sounds import Sounds
from mmf_mixer.annotate.sources import Encode
from mmf_mixer.annotate.windows import Span
from mmf_mixer.config import shape_of
from mmf_mixer.data.clip import Clip
from mmf_mixer.encoders.recipes import processor_recipe
from mmf_mixer.encoders.weights import weights_digest
from mmf_mixer.errors import InputError
from mmf_mixer.extraction import extract, run_config
from mmf_mixer.media.decode import frames_at, mono_audio
from mmf_mixer.media.facts import facts
from mmf_mixer.store.manifest import difference
from mmf_mixer.training.records import record_encoders
from tests.encoders.families import FAMILIES, Family, make
from tests.media.make import write_media

SAID = "the dog barks and a man runs"
LENGTH = 12  # of text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models of all families, by name."""
    made = tmp_path_factory.mktemp("models")
    for name in FAMILIES:
        make(name, made)
    return made


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A second with pictures, a tone and a sentence."""
    made = tmp_path_factory.mktemp("media")
    (made / "a.srt").write_text(f"1\n00:00:00,000 --> 00:00:01,000\n{SAID}\n")
    video = write_media(made / "a.mp4", seconds=1.5, rate=16000, frames=15)
    return Clip("a", video, video, made / "a.srt", 0.0, 1.0, ())


def config(family: Family, model: Path, **more: Any) -> dict[str, Any]:
    """A run's config, as far as one modality goes: `one`."""
    own = {"transformers_text": {"length": LENGTH}, "transformers_frames": {"frames": 4}}.get(family.encoder, {})
    params = {"encoder": "${fusion.modalities.one.encoder.params}", "tokens": "${tokens_of:one}"} | own
    modality = {"key": "one", "embedding_dim": "${width_of:one}", "position_dim": "${tokens_of:one}"}
    encoder = {"type": family.encoder, "params": {"model": str(model), **family.params, **more}}
    return {
        "dataset_config": {"clips": {"processors": {"one_processor": {"type": family.encoder, "params": params}}}},
        "fusion": {"modalities": {"one": modality | {"type": "one", "encoder": encoder}}},
    }


def parts(family: Family, model: Path, **more: Any) -> tuple[Any, Any]:
    """Processor and encoder of a family."""
    whole = OmegaConf.create(config(family, model, **more))
    processor = whole.dataset_config.clips.processors.one_processor
    made = registry.get_processor_class(processor.type)(processor.params)
    return made, build_encoder(whole.fusion.modalities.one.encoder)


def by_hand(family: Family, model: Path, clip: Clip) -> torch.Tensor:
    """The tokens of a clip without any code of ours but the decoder's."""
    assert clip.video and clip.audio
    whole = hf.AutoModel.from_pretrained(model).eval()
    with torch.no_grad():
        if family.encoder == "transformers_text":
            tokenizer = hf.AutoTokenizer.from_pretrained(model)
            options = {"padding": "max_length", "max_length": LENGTH} if family.padded else {}
            return family.by_hand(whole, tokenizer(SAID, return_tensors="pt", **options))
        if family.encoder == "transformers_audio":
            extractor = hf.AutoFeatureExtractor.from_pretrained(model)
            samples = mono_audio(clip.audio, extractor.sampling_rate, clip.start, clip.end)
            options = {"padding": "max_length", "max_length": 9600} if "Wav2Vec2" in type(extractor).__name__ else {}
            made = extractor(samples, sampling_rate=extractor.sampling_rate, return_tensors="pt", **options)
            return family.by_hand(whole, {name: made[name] for name in made if name != "is_longer"})
        pictures = [Image.fromarray(frame) for frame in frames_at(clip.video, 4, clip.start, clip.end)]
        if family.encoder == "transformers_video":
            return family.by_hand(whole, hf.AutoVideoProcessor.from_pretrained(model)(pictures, return_tensors="pt"))
        return family.by_hand(whole, hf.AutoImageProcessor.from_pretrained(model)(pictures, return_tensors="pt"))


@pytest.mark.parametrize("name", FAMILIES)
def test_tokens_are_those_of_the_model_called_by_hand(name: str, folder: Path, clip: Clip) -> None:
    family = FAMILIES[name]
    processor, encoder = parts(family, folder / name)
    made = processor(clip)
    tokens = encoder(made["values"][None])[0]
    expected = by_hand(family, folder / name, clip)
    assert tokens.shape == (family.tokens, family.width) and encoder.out_dim == family.width
    exist = made["mask"].bool()
    assert exist.shape == (family.tokens,) and exist.any()
    torch.testing.assert_close(tokens[exist], expected[exist[: len(expected)]], rtol=1e-4, atol=1e-5)
    assert not processor(Clip("none", None, None, None, 0.0, 1.0, ()))["mask"].any()


@pytest.mark.parametrize("name", FAMILIES)
def test_frozen_stays_and_trained_learns(name: str, folder: Path, clip: Clip) -> None:
    values = parts(FAMILIES[name], folder / name)[0](clip)["values"][None]
    frozen = parts(FAMILIES[name], folder / name)[1].train()
    assert not frozen.training and not frozen(values).requires_grad and not frozen.state_dict()
    trained = parts(FAMILIES[name], folder / name, trainable=True)[1].train()
    trained(values).sum().backward()
    assert trained.training and trained.state_dict()
    assert any(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in trained.parameters())


@pytest.mark.parametrize("name", ["bert", "modernbert", "clip text"])
def test_padding_of_text_changes_nothing(name: str, folder: Path, clip: Clip) -> None:
    processor, encoder = parts(FAMILIES[name], folder / name)
    made = processor(clip)
    words = len(SAID.split()) + 2
    assert made["mask"].tolist() == [1] * words + [0] * (LENGTH - words) == (made["values"] >= 0).long().tolist()
    short = encoder.encode(made["values"][None, :words])
    torch.testing.assert_close(encoder.encode(made["values"][None])[:, :words], short, rtol=1e-4, atol=1e-5)


def test_padding_of_sound_changes_nothing_where_the_model_can_be_told(folder: Path, clip: Clip) -> None:
    name = "wav2vec 2 large"
    processor, encoder = parts(FAMILIES[name], folder / name)
    values, mask = processor(clip).values()
    short = encoder.encode(values[None, :8000])  # a second of 1.2
    assert values[8000:].isnan().all() and not values[:8000].isnan().any()
    assert mask.sum() == pytest.approx(149 / 1.2, abs=1)
    within = short.shape[1]
    torch.testing.assert_close(encoder.encode(values[None])[:, :within], short, rtol=1e-3, atol=1e-4)
    _, mean = parts(FAMILIES[name], folder / name, pool="mean")
    torch.testing.assert_close(mean.encode(values[None])[0, 0], short[0].mean(0), rtol=1e-2, atol=1e-3)


def test_a_number_of_tokens_is_means_over_equal_stretches_of_time(folder: Path, clip: Clip) -> None:
    family = FAMILIES["ast"]
    processor, encoder = parts(family, folder / "ast")
    whole = encoder(processor(clip)["values"][None])[0]
    _, pooled = parts(family, folder / "ast", pool=9)  # columns of three bands each
    tokens = pooled(processor(clip)["values"][None])[0]
    torch.testing.assert_close(tokens, whole.unflatten(0, (9, 3)).mean(1), rtol=1e-4, atol=1e-5)


def test_sound_longer_than_the_window_gives_its_middle(folder: Path, clip: Clip) -> None:
    processor, _ = parts(FAMILIES["ast"], folder / "ast")
    longer = processor(Clip("a", None, clip.audio, None, 0.0, 1.4, ()))["values"]
    assert "sound is longer than the 1 s that" in processor.hint(clip, {"values": longer, "mask": torch.ones(1)})
    middle = processor(Clip("a", None, clip.audio, None, 0.2, 1.2, ()))["values"]
    assert processor.hint(clip, {"values": middle, "mask": torch.ones(1)}) is None
    torch.testing.assert_close(longer, middle, rtol=1e-3, atol=1e-3)
    cells = processor.cells_of(10.0, 1.4)
    assert (cells[0].start, cells[-1].end) == (pytest.approx(10.2), pytest.approx(11.2)) and len(cells) == 27


@pytest.mark.parametrize("name", ["ast", "wav2vec 2 large", "dinov3", "vjepa 2"])
def test_annotation_hears_and_sees_what_extraction_does(name: str, folder: Path, clip: Clip) -> None:
    assert clip.video
    processor, encoder = parts(FAMILIES[name], folder / name)
    encode, known, span = Encode(encoder, 16, torch.device("cpu"), False), facts(clip.video), Span(0.0, 1.0)
    if FAMILIES[name].encoder == "transformers_audio":
        source: Any = Sounds(processor, encode, clip.video)
    else:
        source = Pictures(processor, encode, clip.video, known.track, lambda timed: None, [span])
    found, made = next(source.tokens([span])), processor(clip)
    torch.testing.assert_close(found.values, encoder.encode(made["values"][None])[0], rtol=1e-3, atol=1e-4)
    assert torch.equal(found.mask, made["mask"])
    places = source.places(span)
    assert (places[0].start >= 0 and places[-1].end <= 1.3) if places else name == "vjepa 2"


def test_one_store_holds_them_all_and_says_whence_they_are(folder: Path, clip: Clip, tmp_path: Path) -> None:
    """Modalities may have any name, and several read one track."""
    root = tmp_path / "data"
    (root / "clips").mkdir(parents=True)
    (root / "labels.yaml").write_text(yaml.safe_dump({"groups": {"it": {"exclusive": True, "labels": ["a", "b"]}}}))
    write_media(root / "clips/a.mp4", seconds=1.0, rate=16000)
    (root / "clips/a.srt").write_text(f"1\n00:00:00,000 --> 00:00:01,000\n{SAID}\n")
    line = {"video": "clips/a.mp4", "captions": "clips/a.srt", "start": 0.0, "labels": ["it/a"]}
    for split in ("train", "val", "test"):
        lines = [{"id": f"{split} {end}", "end": end} | line for end in (1.0, 0.75)]
        (root / f"{split}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "clip" / "README.md").write_text("---\nlicense: cc0-1.0\n---\nA card.\n")
    whole: dict[str, Any] = {
        "dataset_config": {"clips": {"root": str(root), "modality_dropout": 0.0, "processors": {}}},
        "fusion": {"use": ",".join(name.replace(" ", "_") for name in FAMILIES), "modalities": {}},
        "model_config": {"mmf_mixer": {"modalities": "${modalities:}", "num_labels": "${num_labels:}", "experts": 0}},
    }
    whole["model_config"]["mmf_mixer"]["losses"] = [{"type": "label_groups"}]
    for name, family in FAMILIES.items():
        key = name.replace(" ", "_")
        one = yaml.safe_load(yaml.safe_dump(config(family, folder / name)).replace("one", key))
        whole["fusion"]["modalities"] |= one["fusion"]["modalities"]
        whole["dataset_config"]["clips"]["processors"] |= one["dataset_config"]["clips"]["processors"]
    (file := tmp_path / "config.yaml").write_text(yaml.safe_dump(whole))
    options = [f"config={file}", "model=mmf_mixer", "training.num_workers=1"]
    store = extract([*options, "dataset=clips"], tmp_path / "store")

    settings = run_config([*options, "dataset=clips"], tmp_path)
    clips = registry.get_builder_class("clips")().load_dataset(settings.dataset_config.clips, "val")
    stored = store.read("val", 1, list(clips.processors))[0]
    sample = clips[1]
    for name, family in FAMILIES.items():
        key = name.replace(" ", "_")
        encoder = build_encoder(settings.fusion.modalities[key].encoder)
        expected = encoder.encode(sample[key][None])[0]
        torch.testing.assert_close(stored[key]["values"], expected, rtol=1e-3, atol=1e-4)
        assert torch.equal(stored[key]["mask"], sample[f"{key}_mask"]) and expected.shape[0] == family.tokens
        assert store.manifest.modalities[key].weights == weights_digest(encoder)
    assert store.manifest.modalities["clip"].origin == {"revision": None, "licence": "cc0-1.0"}
    assert store.manifest.modalities["bert"].origin == {"revision": None, "licence": None}

    made = store.manifest.modalities["clip"].processor
    preprocessor = folder / "clip/preprocessor_config.json"
    preprocessor.write_text(preprocessor.read_text().replace('"image_mean"', ' "image_mean"'))
    now = processor_recipe(settings.dataset_config.clips.processors, "clip")
    assert difference(made, now).startswith("reads.preprocessor_config.json was ")

    model = registry.get_model_class("mmf_mixer")(
        OmegaConf.create(OmegaConf.to_container(settings.model_config.mmf_mixer, resolve=True) | {"model": "mmf_mixer"})
    )
    model.build()
    model.init_losses()
    batch = {name: value[None] for name, value in sample.items() if isinstance(value, torch.Tensor)}
    assert model(batch)["scores"].shape == (1, 2)
    settings.env.save_dir = str(tmp_path / "run")
    record = record_encoders(settings, model)
    assert record["clip"]["origin"] == {"revision": None, "licence": "cc0-1.0"}
    store.check_weights(record)


FRAMES, TEXT = "transformers_frames", "transformers_text"


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        (TEXT, {}, "transformers_text: model is not set; name a folder, or"),
        (TEXT, {"model": "no/such"}, "no/such is no folder, and its config.json is not in .* or write an encoder of"),
        (TEXT, {"model": "dinov2"}, "dinov2 reads pixel_values, not input_ids; take the encoder of its kind"),
        (FRAMES, {"model": "clap"}, "clap has no part 'vision', its parts are text, audio; correct part"),
        (FRAMES, {"model": "clip", "part": "audio"}, "has no part 'audio', its parts are vision, text"),
        (FRAMES, {"model": "dinov2", "part": "vision"}, "has no part 'vision', it is one whole"),
        (FRAMES, {"model": "clip", "pool": "max"}, "pool is 'max'; it can be tokens, mean, cls or a number"),
        (FRAMES, {"model": "clip", "pool": "cls", "layer": 1}, "pool: cls is of the last layer; leave layer out"),
        (FRAMES, {"model": "clip", "weights": "a.pth"}, "weights is 'a.pth'; write default or none"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(kind: str, params: dict[str, Any], message: str, folder: Path) -> None:
    if (folder / params.get("model", "none")).is_dir():
        params = params | {"model": str(folder / params["model"])}
    with pytest.raises(InputError, match=message):
        build_encoder(OmegaConf.create({"type": kind, "params": params}))


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("clip", {"layer": 7}, "layer is 7, but .* has 2 layers"),
        ("whisper", {"pool": "cls"}, "has no token for the whole; write pool: mean"),
        ("clip", {"pool": 5}, "pool is 5, but .* gives 4 tokens"),
        ("wav2vec 2", {"seconds": None}, "seconds of .* can be any number, which has to be said"),
        ("ast", {"seconds": 3.0}, "seconds of .* can be at most 1.0"),
    ],
)
def test_what_a_model_cannot_do_is_told_before_the_run(name: str, more: Any, message: str, folder: Path) -> None:
    with pytest.raises(InputError, match=message):
        shape_of("one", OmegaConf.create(config(FAMILIES[name], folder / name, **more)))


def test_a_model_with_code_of_its_own_is_refused_and_its_code_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("from pathlib import Path\nPath(__file__).with_name('ran').touch()\n")
    own = {"model_type": "mine", "auto_map": {"AutoConfig": "own.Config", "AutoModel": "own.Model"}}
    (tmp_path / "config.json").write_text(json.dumps(own))
    with pytest.raises(InputError, match="needs no code of its own, or write an encoder of your own instead"):
        build_encoder(OmegaConf.create({"type": TEXT, "params": {"model": str(tmp_path)}}))
    assert not (tmp_path / "ran").exists()


def test_weights_come_from_safetensors_alone_and_whole(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    model = make("bert", tmp_path)
    options = OmegaConf.create({"type": TEXT, "params": {"model": str(model)}})
    state = load_file(model / "model.safetensors")
    save_file({name: value for name, value in state.items() if "query" not in name}, model / "model.safetensors")
    with pytest.raises(InputError, match=r"lack encoder\.layer\.0\.attention\.self\.query\.bias"):
        build_encoder(options)
    (model / "model.safetensors").unlink()
    torch.save(state, model / "pytorch_model.bin")
    with pytest.raises(InputError, match="AutoModel cannot load"):
        build_encoder(options)


def test_weights_in_half_precision_are_read_in_full(tmp_path: Path) -> None:
    model = make("bert", tmp_path)
    hf.AutoModel.from_pretrained(model).bfloat16().save_pretrained(model)
    encoder = build_encoder(OmegaConf.create({"type": TEXT, "params": {"model": str(model)}}))
    assert encoder(torch.tensor([[1, 5, 2, -1]])).dtype == torch.float32


@pytest.mark.parametrize(
    ("name", "processor"),
    [
        ("clip", lambda: hf.CLIPImageProcessor(size={"shortest_edge": 32}, do_center_crop=False)),
        ("naflex text", lambda: hf.Siglip2ImageProcessor(patch_size=16, max_num_patches=4)),
    ],
)
def test_pictures_of_any_size_are_refused(name: str, processor: Callable[[], Any], tmp_path: Path) -> None:
    model = make(name, tmp_path)
    processor().save_pretrained(model)
    with pytest.raises(InputError, match="takes pictures of any size, which make no batch"):
        shape_of("one", OmegaConf.create(config(FAMILIES["clip"], model)))


def test_a_tower_that_fuses_long_sound_is_refused(tmp_path: Path) -> None:
    whole = FAMILIES["clap"].config()
    whole.audio_config.enable_fusion = True
    hf.AutoModel.from_config(whole).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="fuses long sound .* such as laion/clap-htsat-unfused"):
        build_encoder(OmegaConf.create({"type": "transformers_audio", "params": {"model": str(tmp_path)}}))
