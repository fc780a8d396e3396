"""Tiny models of many families with random weights, as folders like those of the Hugging Face hub."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from tokenizers import Tokenizer, models, pre_tokenizers, processors

WORDS = ["a", "dog", "barks", "while", "the", "man", "laughs", "and", "runs"]
SHAPE = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
PICTURES = {"image_size": 32, "patch_size": 16}
VOCABULARY = {"vocab_size": 20, "pad_token_id": 3, "bos_token_id": 1, "eos_token_id": 2}
CONVOLUTIONS = {"conv_dim": [8, 8], "conv_kernel": [10, 8], "conv_stride": [8, 8], "num_feat_extract_layers": 2}
SPEECH = SHAPE | CONVOLUTIONS | {"num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2, "vocab_size": 20}


@dataclass(frozen=True)
class Family:
    """A model, what reads it, and what its numbers are: `encoder` is the type, `params` its options beside `model`.

    `beside` makes what lies beside the weights; `tokens` and `width` are those of a clip, and `by_hand` calls the whole
    model on what its own preprocessor gives, for the tokens of a clip, T x D.
    """

    encoder: str
    config: Callable[[], Any]
    beside: tuple[Callable[[], Any], ...]
    by_hand: Callable[[Any, Any], torch.Tensor]
    tokens: int
    params: dict[str, Any] = field(default_factory=dict)
    width: int = 16
    padded: bool = False  # whether its text was padded in training, too


def words(pad: str = "[PAD]", first: str = "[CLS]", last: str = "[SEP]", masks: bool = True) -> Any:
    """A tokenizer of whole words."""
    names = ["[UNK]", first, last, *([pad] if pad != last else ["[FREE]"]), *WORDS]
    known = {name: place for place, name in enumerate(names)}
    own = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
    own.pre_tokenizer = pre_tokenizers.Whitespace()
    ends = [(first, known[first]), (last, known[last])]
    own.post_processor = processors.TemplateProcessing(single=f"{first} $A {last}", special_tokens=ends)
    inputs = ["input_ids", "attention_mask"][: 1 + masks]
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=own, pad_token=pad, unk_token="[UNK]", model_input_names=inputs, model_max_length=16
    )


def square(kind: str = "CLIPImageProcessor", side: int = 32) -> Any:
    return getattr(hf, kind)(size={"height": side, "width": side}, do_center_crop=False)


def cropped(kind: str) -> Any:
    return getattr(hf, kind)(size={"shortest_edge": 40}, crop_size={"height": 32, "width": 32}, do_center_crop=True)


def clap() -> Any:
    audio = {"spec_size": 64, "num_mel_bins": 16, "window_size": 2, "depths": [1, 1], "num_attention_heads": [2, 2]}
    audio |= {"patch_embeds_hidden_size": 8, "hidden_size": 16, "num_hidden_layers": 2, "projection_dim": 8}
    audio |= {"enable_fusion": False, "patch_stride": [4, 4], "patch_size": 4, "num_classes": 2}
    text = SHAPE | {"vocab_size": 20, "max_position_embeddings": 20, "projection_dim": 8}
    return hf.ClapConfig(audio_config=audio, text_config=text, projection_dim=8)


def dual(kind: str, **pictures: int) -> Any:
    text = SHAPE | VOCABULARY | {"max_position_embeddings": 16, "projection_size": 16}
    patches = {"patch_size": 16, "num_patches": 4} if kind == "Siglip2Config" else PICTURES
    return getattr(hf, kind)(text_config=text, vision_config=SHAPE | patches | pictures)


def timm() -> Any:
    cfg = {"input_size": [3, 160, 160], "mean": [0.5] * 3, "std": [0.5] * 3, "crop_pct": 1.0}
    return hf.TimmWrapperConfig(architecture="test_vit", pretrained_cfg=cfg | {"interpolation": "bicubic"})


FAMILIES = {
    "bert": Family(
        "transformers_text",
        lambda: hf.BertConfig(**SHAPE, vocab_size=20, max_position_embeddings=16),
        (words,),
        lambda model, ids: model(**ids).last_hidden_state[0],
        12,
    ),
    "modernbert": Family(
        "transformers_text",
        lambda: hf.ModernBertConfig(**SHAPE, **VOCABULARY, cls_token_id=1, sep_token_id=2, max_position_embeddings=16),
        (words,),
        lambda model, ids: model(**ids, output_hidden_states=True).hidden_states[-2][0],
        12,
        {"layer": -2},
    ),
    "clip text": Family(
        "transformers_text",
        lambda: dual("CLIPConfig"),
        (lambda: words("<end>", "<start>", "<end>"), square),
        lambda model, ids: model.text_model(**ids).last_hidden_state[0],
        12,
    ),
    "siglip 2 text": Family(
        "transformers_text",
        lambda: dual("SiglipConfig"),
        (lambda: words(masks=False),),
        lambda model, ids: model.text_model(**ids).pooler_output,
        1,
        {"pool": "cls"},
        padded=True,
    ),
    "naflex text": Family(
        "transformers_text",
        lambda: dual("Siglip2Config"),
        (words,),
        lambda model, ids: model.text_model(**ids).last_hidden_state[0],
        12,
        padded=True,
    ),
    "clip": Family(
        "transformers_frames",
        lambda: dual("CLIPConfig"),
        (lambda: cropped("CLIPImageProcessor"),),
        lambda model, made: model.vision_model(**made).last_hidden_state[:, 1:].flatten(0, 1),
        16,
    ),
    "siglip 2": Family(
        "transformers_frames",
        lambda: dual("SiglipConfig"),
        (lambda: square("SiglipImageProcessor"),),
        lambda model, made: model.vision_model(**made).last_hidden_state.mean(1),
        4,
        {"pool": "mean"},
    ),
    "dinov2": Family(
        "transformers_frames",
        lambda: hf.Dinov2Config(**SHAPE, **PICTURES),
        (lambda: cropped("BitImageProcessor"),),
        lambda model, made: model(**made).last_hidden_state[:, 0],
        4,
        {"pool": "cls"},
    ),
    "dinov3": Family(
        "transformers_frames",
        lambda: hf.DINOv3ViTConfig(**SHAPE, **PICTURES, num_register_tokens=4),
        (lambda: square("DINOv3ViTImageProcessor"),),
        lambda model, made: model(**made).last_hidden_state[:, 5:].flatten(0, 1),
        16,
    ),
    "convnext": Family(
        "transformers_frames",
        lambda: hf.ConvNextConfig(hidden_sizes=[4, 8, 12, 16], depths=[1, 1, 1, 1]),
        (lambda: hf.ConvNextImageProcessor(size={"shortest_edge": 64}, crop_pct=1.0),),
        lambda model, made: model(**made).last_hidden_state.flatten(2).mT.flatten(0, 1),
        16,
    ),
    "timm": Family(
        "transformers_frames",
        timm,
        (),
        lambda model, made: model(**made).last_hidden_state[:, 1:].mean(1),
        4,
        {"pool": "mean"},
        width=64,
    ),
    "videomae": Family(
        "transformers_video",
        lambda: hf.VideoMAEConfig(**SHAPE, **PICTURES, num_frames=4, tubelet_size=2),
        (lambda: cropped("VideoMAEVideoProcessor"),),
        lambda model, made: model(**made).last_hidden_state[0],
        8,
    ),
    "vjepa 2": Family(
        "transformers_video",
        lambda: hf.VJEPA2Config(
            crop_size=32,
            frames_per_clip=4,
            hidden_size=24,
            num_attention_heads=2,
            num_hidden_layers=2,
            mlp_ratio=2.0,
            pred_hidden_size=24,
            pred_num_attention_heads=2,
            pred_num_hidden_layers=1,
            pred_num_mask_tokens=1,
        ),
        (lambda: cropped("VJEPA2VideoProcessor"),),
        lambda model, made: model.get_vision_features(**made).unflatten(1, (2, 4)).mean(2)[0],
        2,
        {"pool": 2},
        width=24,
    ),
    "ast": Family(
        "transformers_audio",
        lambda: hf.ASTConfig(**SHAPE, max_length=100, num_mel_bins=36),
        (lambda: hf.ASTFeatureExtractor(max_length=100, num_mel_bins=36, sampling_rate=16000),),
        lambda model, made: model(**made).last_hidden_state[0, 2:].unflatten(0, (3, 9)).transpose(0, 1).flatten(0, 1),
        3 * 9,
    ),
    "clap": Family(
        "transformers_audio",
        clap,
        (
            lambda: hf.ClapFeatureExtractor(
                feature_size=16,
                sampling_rate=8000,
                hop_length=80,
                fft_window_size=256,
                max_length_s=1,
                frequency_max=4000,
                truncation="rand_trunc",
                padding="repeatpad",
            ),
        ),
        lambda model, made: model.audio_model(**made).last_hidden_state.mean((2, 3)),
        1,
        {"pool": "mean"},
    ),
    "whisper": Family(
        "transformers_audio",
        lambda: hf.WhisperConfig(
            d_model=16,
            encoder_layers=2,
            encoder_attention_heads=2,
            encoder_ffn_dim=32,
            num_mel_bins=16,
            max_source_positions=100,
            decoder_layers=1,
            decoder_attention_heads=2,
            decoder_ffn_dim=32,
            max_target_positions=8,
            **VOCABULARY,
            decoder_start_token_id=1,
            suppress_tokens=[],
            begin_suppress_tokens=[],
        ),
        (
            lambda: hf.WhisperFeatureExtractor(
                feature_size=16, sampling_rate=8000, hop_length=80, chunk_length=2, n_fft=200
            ),
        ),
        lambda model, made: model.encoder(**made).last_hidden_state[0, :60],
        60,
        {"seconds": 1.2},
    ),
    "wav2vec 2": Family(
        "transformers_audio",
        lambda: hf.Wav2Vec2Config(**SPEECH),
        (lambda: hf.Wav2Vec2FeatureExtractor(sampling_rate=8000),),
        lambda model, made: model(**made).last_hidden_state[0],
        149,
        {"seconds": 1.2},
    ),
    "wav2vec 2 large": Family(
        "transformers_audio",
        lambda: hf.Wav2Vec2Config(**SPEECH, feat_extract_norm="layer", do_stable_layer_norm=True),
        (lambda: hf.Wav2Vec2FeatureExtractor(sampling_rate=8000, return_attention_mask=True),),
        lambda model, made: model(**made).last_hidden_state[0],
        149,
        {"seconds": 1.2},
    ),
}


def make(name: str, folder: Path, seed: int = 0) -> Path:
    """Write a family's model to a folder of its name."""
    family, place = FAMILIES[name], folder / name
    torch.manual_seed(seed)
    hf.AutoModel.from_config(family.config()).save_pretrained(place)
    for beside in family.beside:
        beside().save_pretrained(place)
    return place
