"""The stock mmf_transformer of MMF's source release: any set of modalities, and no harm to other BERTs."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from functools import wraps
from types import FunctionType, ModuleType
from typing import Any

from omegaconf import DictConfig, OmegaConf
from torch import Tensor, nn

from mmf_mixer.compat.mending import mend
from mmf_mixer.errors import InputError, first_sentence
from mmf_mixer.ours import is_our_run
from mmf_mixer.protocols import Json


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


# What follows wraps `__call__`, as TorchScript compiles `forward` and whatever that calls.


@mend("mmf.models.transformers.backends.huggingface")
def sizes_are_checked(module: ModuleType) -> bool:
    """The stock model meets vectors and masks of the wrong size with errors about matrices."""
    from mmf_mixer.models.bert_backend import check_mask, check_sizes

    backend = module.HuggingfaceBackend

    def __call__(self: Any, tokens: Mapping[str, Tensor], positions: Any, segments: Any, masks: list[Tensor]) -> Any:
        entries = zip(self.config.modalities, self.embeddings.pos_embeddings, masks, strict=True)
        for entry, places, mask in entries:
            check_mask(entry.key, mask, tokens[entry.key])
            check_sizes(_read(entry), tokens[entry.key], len(places.weight))
        return super(backend, self).__call__(tokens, positions, segments, masks)

    backend.__call__ = __call__
    return True


@mend("mmf.models.mmf_transformer")
def absent_modality_is_named(module: ModuleType) -> bool:
    """The stock model meets a batch without one of its modalities with an error that does not say what it has."""
    from mmf_mixer.models.bert_backend import missing_from_batch

    model = module.MMFTransformer

    def __call__(self: Any, sample_list: Any, *args: Any, **options: Any) -> Any:
        try:
            return super(model, self).__call__(sample_list, *args, **options)
        except TypeError as error:
            if "Missing modality" not in str(error):
                raise
            raise missing_from_batch(str(error).rpartition(" ")[2], sample_list) from error

    model.__call__ = __call__
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
            given: dict[type, dict[str, Any]] = {}
            for owner, name in methods:
                given.setdefault(owner, {"__module__": owner.__module__})[name] = getattr(owner, name)
            own = {owner: type(owner.__name__, (owner,), members) for owner, members in given.items()}
            for part in self.transformer.modules():
                part.__class__ = own.get(type(part), type(part))

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
