"""Models of Hugging Face by any name: loaded from safetensors alone, one tower of them, and its tokens in order."""

from collections.abc import Mapping
from contextlib import suppress
from math import isqrt, prod
from typing import Any

from einops import rearrange
from huggingface_hub import metadata_load
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel, PreTrainedModel

from mmf_mixer.errors import InputError
from mmf_mixer.hub import hub_file, load_pretrained
from mmf_mixer.paths import bert_folder

TOWERS = {"vision": "vision_model", "text": "text_model", "audio": "audio_model"}
READS = {
    "vision": ("pixel_values", "pixel_values_videos"),
    "text": ("input_ids",),
    "audio": ("input_values", "input_features"),
}
WEIGHTS = "model.safetensors", "model.safetensors.index.json"
UNUSED = ("pooler.", "mask_token", "masked_spec_embed")  # parts of a model that no token depends on
OWN = "write an encoder of your own instead, which takes ten lines (docs/encoders.md)"


def load_tower(asker: str, options: Any, part: str) -> tuple[PreTrainedModel, dict[str, str | None]]:
    """The model that `options` names, or its tower for `part`, and whence it is: `revision` and `licence`.

    Args:
        asker: who is to be named in an error.
        options: `model`, `revision`, `part` and `weights` of an encoder's config.
        part: what it is to read: vision, text or audio; the tower that is kept where `options.part` does not say.

    Raises:
        InputError: the model is not to be had as safetensors, wants code of its own, is incomplete, or reads other
            things.
    """
    if not options.model:
        raise InputError(f"{asker}: model is not set; name a folder, or a model of https://huggingface.co/models.")
    source, revision = bert_folder(options.model), {"revision": options.revision}
    config = load_pretrained(asker, AutoConfig, source, "config.json", remedy=OWN, **revision)
    origin = {"revision": getattr(config, "_commit_hash", None), "licence": licence_of(source)}
    if options.weights == "none":
        whole, found = from_config(asker, options.model, config), {}
    else:
        extra = {"use_safetensors": True, "output_loading_info": True}
        whole, found = load_pretrained(asker, AutoModel, source, *WEIGHTS, remedy=OWN, **revision, **extra)
    tower = tower_of(asker, options, whole.float(), part)  # some are kept in half precision
    lost = set(found.get("missing_keys", ())) | {key for key, *_ in found.get("mismatched_keys", ())}
    check_complete(asker, options, whole, tower, lost)
    return tower, origin


def from_config(asker: str, name: str, config: Any) -> PreTrainedModel:
    """A model with random weights. Raises InputError for a kind of model that AutoModel does not make."""
    try:
        return AutoModel.from_config(config, trust_remote_code=False)
    except ValueError:
        raise InputError(f"{asker}: {name} is of the kind {config.model_type}, which AutoModel lacks; {OWN}.") from None


def tower_of(asker: str, options: Any, model: PreTrainedModel, part: str) -> PreTrainedModel:
    """The encoder of an encoder-decoder, the tower that is asked for, or the whole model."""
    towers = {name: getattr(model, field) for name, field in TOWERS.items() if hasattr(model, field)}
    wanted = options.part or part
    if model.config.is_encoder_decoder:
        tower = model.get_encoder()
    elif towers or options.part:
        if wanted not in towers:
            parts = f"its parts are {', '.join(towers)}" if towers else "it is one whole"
            raise InputError(
                f"{asker}: {options.model} has no part {wanted!r}, {parts}; correct part, or take another."
            )
        tower = towers[wanted]
    else:
        tower = model
    if tower.main_input_name not in READS[part]:
        raise InputError(
            f"{asker}: {options.model} reads {tower.main_input_name}, not {' or '.join(READS[part])}; take the encoder "
            f"of its kind, or another model."
        )
    return tower


def check_complete(asker: str, options: Any, model: nn.Module, tower: nn.Module, lost: set[str]) -> None:
    """Raise InputError if the files left out a weight of the tower, which is random now."""
    place = next(name for name, module in model.named_modules() if module is tower)
    unused = UNUSED[1:] if options.pool == "cls" else UNUSED
    own = [name for name in sorted(lost) if not place or name.startswith(f"{place}.")]
    random = [name for name in own if not any(part in name for part in unused)]
    if random:
        raise InputError(f"{asker}: the weights of {options.model} lack {random[0]}; take its whole files, or another.")


def licence_of(source: str) -> str | None:
    """What the model's card says of its licence; None if it has none, or it cannot be had."""
    with suppress(Exception):  # a card is written by hand
        card: Mapping[str, Any] = metadata_load(hub_file("", source, "README.md", remedy="")) or {}
        return card.get("license_name") or card.get("license")
    return None


def width_of(tower: PreTrainedModel) -> int:
    """D of its tokens."""
    config = tower.config
    if hasattr(tower, "timm_model"):
        return int(tower.timm_model.num_features)
    return int(getattr(config, "hidden_size", None) or config.hidden_sizes[-1])


def in_order(tower: PreTrainedModel, hidden: Tensor, media: Tensor) -> Tensor:
    """Only the tokens that have a place in the media, without those of class and registers, in the order of time.

    Args:
        hidden: what the tower made of `media`: B x T x D, or a map B x D x h x w.
        media: B x … x H x W pictures, or sound.
    """
    config = tower.config
    if tower.main_input_name in READS["audio"]:
        if hidden.dim() == 4:
            return rearrange(hidden, "b d bands times -> b (times bands) d")
        if (step := getattr(config, "frequency_stride", None)) is not None:
            bands = (config.num_mel_bins - config.patch_size) // step + 1
            cells = hidden[:, 2:]  # after those of class and distillation
            return rearrange(cells, "b (bands times) d -> b (times bands) d", bands=bands)
        return hidden
    if tower.main_input_name in READS["vision"]:
        if hidden.dim() == 4:
            return rearrange(hidden, "b d h w -> b (h w) d")
        return hidden[:, -cells_of(tower, hidden.shape[1], media) :]
    return hidden


def cells_of(tower: PreTrainedModel, tokens: int, media: Tensor) -> int:
    """How many of a tower's tokens are those of the cells of its pictures, B x (T x) 3 x H x W; they are the last."""
    if hasattr(tower, "timm_model"):
        return tokens - int(getattr(tower.timm_model, "num_prefix_tokens", 0))
    frames = media.shape[1] if media.dim() == 5 else 1
    patch, tubelet = getattr(tower.config, "patch_size", None), getattr(tower.config, "tubelet_size", 1)
    steps = [tubelet, *pair(patch)] if isinstance(tubelet, int) else list(tubelet)
    if None not in steps:
        cells = prod(int(length) // int(step) for length, step in zip((frames, *media.shape[-2:]), steps, strict=True))
        if cells <= tokens:
            return cells
    side = isqrt(tokens)
    return side * side  # of a network that merges its patches


def pair(size: Any) -> tuple[Any, Any]:
    """Height and width of a patch, however a config says it."""
    return (size[0], size[1]) if isinstance(size, list | tuple) else (size, size)


def averaged(tokens: Tensor, exists: Tensor | None, count: int) -> Tensor:
    """The means of `count` equal stretches, `B x T x D -> B x count x D`, over the tokens that exist, B x T."""
    if exists is None:
        return functional.adaptive_avg_pool1d(tokens.mT, count).mT
    weight = exists.to(tokens.dtype).unsqueeze(1)
    total = functional.adaptive_avg_pool1d(tokens.mT * weight, count)
    return (total / functional.adaptive_avg_pool1d(weight, count).clamp(min=1e-6)).mT
