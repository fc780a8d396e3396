"""What decides the features of a modality: its processor's config, and its encoder's with every default."""

from collections.abc import Iterator, Mapping
from typing import Any

from mmf.common.registry import registry
from omegaconf import DictConfig, ListConfig, OmegaConf
from torch import nn

from mmf_mixer.encoders.registry import complete, name_and_params
from mmf_mixer.errors import InputError
from mmf_mixer.store.manifest import Recipe


def encoder_configs(config: DictConfig) -> dict[str, Any]:
    """The encoder of each modality that the run's model reads, by key. Raises InputError if it reads none."""
    modalities = OmegaConf.select(config, f"model_config.{config.model}.modalities")
    if not modalities:
        raise InputError(f"model_config.{config.model} lists no modalities; use a model such as mmf_mixer.")
    return {entry.key: entry.encoder for entry in modalities}


def encoders_of(model: Any) -> Iterator[tuple[str, Any, nn.Module]]:
    """Key, config and module of each encoder of a model like ours: with a list of modalities, and encoders by key.

    Other models have something else by these names, or nothing; of those there are none.
    """
    encoders, config = getattr(model, "encoders", None), getattr(model, "config", None)
    if not isinstance(encoders, Mapping | nn.ModuleDict) or not isinstance(config, Mapping | DictConfig):
        return
    entries = config.get("modalities")
    for entry in entries if isinstance(entries, list | tuple | ListConfig) else ():
        given = entry if isinstance(entry, Mapping | DictConfig) else {}
        if given.get("encoder") is not None and given.get("key") in encoders:
            yield given["key"], given["encoder"], encoders[given["key"]]


def encoder_recipe(config: Any) -> Recipe:
    """An encoder's config as plain `{type, params}`. Raises InputError for an unknown encoder or setting."""
    name, params = name_and_params(config)
    return {"type": name, "params": OmegaConf.to_container(complete(name, params), resolve=True)}


def origin_of(encoder: nn.Module) -> Recipe:
    """Of a Hugging Face model its `revision` and `licence`, None where they are not known; empty of other encoders."""
    return dict(getattr(encoder, "origin", {}))


def processor_recipe(processors: Mapping[str, Any] | None, key: str) -> Recipe:
    """The processor of a modality as plain `{type, params}`, with `reads` if it does what the files of a folder say.

    Raises InputError if the data set has none for the modality.
    """
    config = (processors or {}).get(f"{key}_processor")
    if not config:
        raise InputError(f"the model reads the modality {key!r}, but the data set has no {key}_processor; add one.")
    plain: Any = OmegaConf.to_container(config, resolve=True) if isinstance(config, DictConfig) else config
    reads = getattr(registry.get_processor_class(plain.get("type")), "reads", None)
    return {**plain, "reads": reads(plain.get("params") or {})} if reads else dict(plain)
