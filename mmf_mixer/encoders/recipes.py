"""What decides the features of a modality: the configs of its processor and of its encoder, with every default."""

from collections.abc import Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf

from mmf_mixer.encoders.registry import complete, name_and_params
from mmf_mixer.errors import InputError
from mmf_mixer.store.manifest import Recipe


def encoder_configs(config: DictConfig) -> dict[str, Any]:
    """The encoder of each modality that the run's model reads, by key. Raises InputError if it reads none."""
    modalities = OmegaConf.select(config, f"model_config.{config.model}.modalities")
    if not modalities:
        raise InputError(f"model_config.{config.model} lists no modalities; use a model such as mmf_mixer.")
    return {entry.key: entry.encoder for entry in modalities}


def encoder_recipe(config: Any) -> Recipe:
    """An encoder's config as plain `{type, params}`. Raises InputError for an unknown encoder or setting."""
    name, params = name_and_params(config)
    return {"type": name, "params": OmegaConf.to_container(complete(name, params), resolve=True)}


def processor_recipe(processors: Mapping[str, Any] | None, key: str) -> Recipe:
    """The processor of a modality as plain `{type, params}`. Raises InputError if the data set has none for it."""
    config = (processors or {}).get(f"{key}_processor")
    if not config:
        raise InputError(f"the model reads the modality {key!r}, but the data set has no {key}_processor; add one.")
    plain: Any = OmegaConf.to_container(config, resolve=True) if isinstance(config, DictConfig) else config
    return dict(plain)
