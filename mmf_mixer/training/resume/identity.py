"""What a run is made from, as its checkpoints remember it: data, labels, and weights that they do not hold."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from mmf.common.registry import registry
from omegaconf import DictConfig

from mmf_mixer.data.folder import fingerprint, root_of
from mmf_mixer.encoders.recipes import encoder_recipe, encoders_of
from mmf_mixer.encoders.weights import weights_digest
from mmf_mixer.protocols import Json
from mmf_mixer.registered import has_label_groups, label_groups_of
from mmf_mixer.store.manifest import difference

Identity = Json


def run_identity(config: DictConfig, model: Any) -> Identity:
    """What a run with this config and model is made from. Parts that it lacks are empty.

    `data`: by data set, the fingerprint of its dataset folder. `features`: SHA-256 over the store's shards.
    `labels`: their names in the order of the scores. `encoders`: recipe by modality, and SHA-256 of the weights where
    they are frozen, hence in no checkpoint.
    """
    datasets = str(config.datasets)
    return {
        "data": dict(_folders(config)),
        "features": _features(config),
        "labels": label_groups_of(datasets).names if has_label_groups(datasets) else [],
        "encoders": dict(_encoders(getattr(model, "module", model))),
    }


def _folders(config: DictConfig) -> Iterator[tuple[str, str]]:
    for name in map(str.strip, str(config.datasets).split(",")):
        root = (config.dataset_config.get(name) or {}).get("root")
        if root and (root_of(root) / "labels.yaml").is_file():  # else it is a folder of somebody else's kind
            yield name, fingerprint(root_of(root))


def _features(config: DictConfig) -> str:
    if config.datasets != "clip_features":
        return ""
    shards = registry.get("feature_store").manifest.shards
    return hashlib.sha256(" ".join(sorted(shard.sha256 for shard in shards)).encode()).hexdigest()


def _encoders(model: Any) -> Iterator[tuple[str, Any]]:
    for key, config, encoder in encoders_of(model):
        recipe = encoder_recipe(config)
        recipe["params"].pop("weights", None)  # where they come from does not matter, and may move
        frozen = not encoder.state_dict() and [*encoder.parameters()]
        yield key, recipe | {"weights": weights_digest(encoder) if frozen else ""}


def differences(then: Identity, now: Identity, *, parts: tuple[str, ...]) -> list[str]:
    """What differs between two identities in these parts, each as a clause; empty if they are alike."""
    return [clause for part in parts for clause in CLAUSES[part](then[part], now[part])]


def _data(then: dict[str, str], now: dict[str, str]) -> Iterator[str]:
    for name in sorted(then | now):
        if then.get(name) != now.get(name):
            before, after = (str(data.get(name))[:12] for data in (then, now))
            yield f"labels.yaml or a split of the dataset folder of {name} (fingerprint {before}…, now {after}…)"


def _stores(then: str, now: str) -> Iterator[str]:
    if then != now:
        yield "the features of the store"


def _labels(then: list[str], now: list[str]) -> Iterator[str]:
    if len(then) != len(now):
        yield f"the labels ({len(then)}, now {len(now)})"
    else:
        yield from (f"label {old} (now {new})" for old, new in zip(then, now, strict=True) if old != new)


def _recipes(then: Json, now: Json) -> Iterator[str]:
    for key in sorted(then | now):
        if then.get(key) != now.get(key) and (change := difference(then.get(key, {}), now.get(key, {}))):
            yield f"the encoder of {key} ({change})"


CLAUSES: dict[str, Callable[[Any, Any], Iterator[str]]] = {
    "data": _data,
    "features": _stores,
    "labels": _labels,
    "encoders": _recipes,
}
