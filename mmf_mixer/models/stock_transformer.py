"""The stock mmf_transformer of MMF's source release: any set of modalities, and no harm to other BERTs."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from functools import wraps
from types import FunctionType, MethodType, ModuleType
from typing import Any

from omegaconf import DictConfig, OmegaConf
from torch import Tensor, nn

from mmf_mixer.compat.mending import mend
from mmf_mixer.errors import InputError, first_sentence
from mmf_mixer.ours import is_our_run
from mmf_mixer.protocols import Batch, Json


@mend("mmf.models.mmf_transformer")
def stock_defaults(module: ModuleType) -> bool:
    """MMF looks for a model's defaults in the working directory first, where a checkout of ours has its own file."""
    stock = module.MMFTransformer.config_path

    def config_path(cls: type) -> str:
        from mmf.utils.configuration import get_mmf_root

        return str(os.path.join(get_mmf_root(), stock()))

    module.MMFTransformer.config_path = classmethod(config_path)
    return True


@mend("mmf.models.mmf_transformer")
def encoded_text_is_no_text(module: ModuleType) -> bool:
    """The stock model looks words up in whatever is of type text, even in what an encoder has made vectors of."""
    stock = module.MMFTransformer.__init__

    @wraps(stock)
    def __init__(self: Any, config: DictConfig, *args: object, **options: object) -> None:
        stock(self, _with_encoded_text(config), *args, **options)

    module.MMFTransformer.__init__ = __init__
    return True


def _read(entry: Any) -> Any:
    """The `ModalityConfig` of a config's entry; runs that are not of ours may have what the stock model takes."""
    from mmf_mixer.models.bert_backend import ModalityConfig

    return ModalityConfig.read(entry, strict=is_our_run())


def _with_encoded_text(config: DictConfig) -> DictConfig:
    """The same config, with another type for the texts that are not words, so that they go the way of audio."""
    modalities = [
        entry if entry.type != "text" or _read(entry).is_words else {**entry, "type": "encoded_text"}
        for entry in config.modalities
    ]
    own = deepcopy(config) if isinstance(config, DictConfig) else OmegaConf.structured(config)
    OmegaConf.set_readonly(own, False)
    own.modalities = modalities
    return own


@mend("mmf.models.mmf_transformer")
def nothing_to_tie(module: ModuleType) -> bool:
    """The stock model looks for the modality of type text to tie its embeddings, and fails if there is none."""
    stock = module.MMFTransformer.tie_weights

    @wraps(stock)
    def tie_weights(self: Any) -> None:
        if any(modality.type == "text" for modality in self.config.modalities):
            stock(self)

    module.MMFTransformer.tie_weights = tie_weights
    return True


@mend("mmf.models.transformers.backends.huggingface")
def enough_segments(module: ModuleType) -> bool:
    """The stock model has one segment per modality, which is too few for the segment ids of some of its modalities."""
    from mmf_mixer.models.bert_backend import segments_of

    stock = module.HuggingfaceEmbeddings.build_layers

    @wraps(stock)
    def build_layers(self: Any) -> None:
        stock(self)
        modalities = [_read(entry) for entry in self.model_config.modalities]
        wanted = segments_of(modalities, self.transformer_config.type_vocab_size)
        if wanted > self.token_type_embeddings.num_embeddings:
            self.token_type_embeddings = nn.Embedding(wanted, self.token_type_embeddings.embedding_dim)

    module.HuggingfaceEmbeddings.build_layers = build_layers
    return True


@mend("mmf.models.transformers.backends.huggingface")
def vectors_are_checked(module: ModuleType) -> bool:
    """The stock model meets an embedding_dim that is not its encoder's with an error about matrices."""
    from mmf_mixer.models.bert_backend import check_sizes

    stock = module.HuggingfaceEmbeddings.forward

    @wraps(stock)
    def forward(self: Any, tokens_ids: Mapping[str, Tensor], *args: object, **options: object) -> Tensor:
        for entry, positions in zip(self.model_config.modalities, self.pos_embeddings, strict=True):
            check_sizes(_read(entry), tokens_ids[entry.key], len(positions.weight))
        embedded: Tensor = stock(self, tokens_ids, *args, **options)
        return embedded

    module.HuggingfaceEmbeddings.forward = forward
    return True


@mend("mmf.models.mmf_transformer")
def batches_are_checked(module: ModuleType) -> bool:
    """The stock model meets a mask of the wrong length, or no modality, with errors that name neither."""
    from mmf_mixer.models.bert_backend import check_mask, missing_from_batch

    model = module.MMFTransformer
    stock_masks, stock_values = model._infer_masks, model._check_keys_for_modality

    @wraps(stock_masks)
    def _infer_masks(self: Any, sample_list: Batch, input_ids: Mapping[str, Tensor]) -> dict[str, Tensor]:
        masks: dict[str, Tensor] = stock_masks(self, sample_list, input_ids)
        for key, mask in masks.items():
            check_mask(key, mask, input_ids[key])
        return masks

    @wraps(stock_values)
    def _check_keys_for_modality(self: Any, sample_list: Batch, keys: Sequence[str]) -> Tensor:
        if not any(key in sample_list for key in keys):
            raise missing_from_batch(keys[-1], sample_list)
        values: Tensor = stock_values(self, sample_list, keys)
        return values

    model._infer_masks, model._check_keys_for_modality = _infer_masks, _check_keys_for_modality
    return True


@mend("mmf.models.mmf_transformer")
def weight_decay_of_the_config(module: ModuleType) -> bool:
    """The stock model decays its weights by 0.01 whatever the optimizer's weight_decay is."""
    stock = module.MMFTransformer.get_optimizer_parameters

    @wraps(stock)
    def get_optimizer_parameters(self: Any, config: DictConfig) -> list[Json]:
        groups: list[Json] = stock(self, config)
        asked = config.optimizer.params.get("weight_decay")
        for group in groups:
            if asked is not None and group.get("weight_decay"):
                group["weight_decay"] = asked
        return groups

    module.MMFTransformer.get_optimizer_parameters = get_optimizer_parameters
    return True


@mend("mmf.models.transformers.backends.huggingface")
def only_its_own_bert(module: ModuleType) -> bool:
    """Building the stock model gives every BERT of the process MMF's forward, on which Hugging Face's callers fail."""
    from mmf.modules import hf_layers

    methods = [
        (getattr(hf_layers, class_name), name)
        for class_name, name in (entry.split(".") for entry in hf_layers.patch_functions)
    ]
    stock = module.HuggingfaceBackend.__init__

    @wraps(stock)
    def __init__(self: Any, config: DictConfig, *args: object, **options: object) -> None:
        with _restored(methods):
            try:
                stock(self, config, *args, **options)
            except OSError as error:
                raise InputError(
                    f"transformer_base: {config.transformer_base} cannot be loaded ({first_sentence(error)}); give a "
                    "folder with config.json and model.safetensors, or a name that the hub or its cache has."
                ) from error
            for part in self.transformer.modules():
                for owner, name in methods:
                    if type(part) is owner:
                        setattr(part, name, MethodType(getattr(owner, name), part))

    module.HuggingfaceBackend.__init__ = __init__
    return True


@contextmanager
def _restored(methods: list[tuple[type, str]]) -> Iterator[None]:
    before: list[FunctionType] = [getattr(owner, name) for owner, name in methods]
    try:
        yield
    finally:
        for (owner, name), function in zip(methods, before, strict=True):
            setattr(owner, name, function)
