"""Fills a feature store: every clip of every split once through the frozen encoders of a run's model."""

import argparse
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from mmf.common.registry import registry
from mmf.utils.build import build_encoder
from mmf.utils.configuration import Configuration
from mmf.utils.env import setup_imports
from omegaconf import DictConfig, OmegaConf
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import nn
from torch.utils.data import DataLoader, Subset

from mmf_mixer.data.clip import SPLITS, UNREADABLE
from mmf_mixer.data.folder import fingerprint, root_of
from mmf_mixer.encoders.base import AT_ONCE, encode_once
from mmf_mixer.encoders.faster import fastest
from mmf_mixer.encoders.recipes import encoder_configs, encoder_recipe, origin_of, processor_recipe
from mmf_mixer.encoders.weights import weights_digest
from mmf_mixer.errors import InputError
from mmf_mixer.files import alone
from mmf_mixer.protocols import Fields
from mmf_mixer.store.manifest import Manifest, Shard, StoredModality
from mmf_mixer.store.parts import Part
from mmf_mixer.store.store import FeatureStore
from mmf_mixer.store.writing import SHARED, add, begin, missing

DTYPES = ("float32", "float16")
Map = Callable[[Callable[[str], Fields], Iterable[str]], Iterable[Fields]]
WORTH_A_LOOK = 64  # clips: a dozen are encoded to find out what is fastest


def extract(options: list[str], out: Path | str, dtype: str = "float32", fast: bool = True) -> FeatureStore:
    """Run the encoders of the modalities that the model reads over all splits, and return the store in `out`.

    What an earlier, interrupted call with the same options has finished is kept; a store of other features is
    replaced.

    Args:
        options: those of `mmf_run`: config, model, dataset=clips and any override.
        out: folder of the store.
        dtype: of the stored values.
        fast: whether networks of convolutions may be run in another way, where that is faster on this machine and gives
            the same features (see `encoders.faster`).

    Raises:
        InputError: a wrong config, dataset folder or dtype, a processor that augments, an encoder with trainable parts
            or of another number of tokens than its processor says, no modality to store, `out` is a folder with other
            things, or another process is writing there.
    """
    fill(options, Path(out), dtype, Part(1, 1), fast)
    return FeatureStore(out)


def fill(options: list[str], out: Path, dtype: str, part: Part, fast: bool = True) -> Manifest:
    """Do a part of what `extract` does, into the folder `out`; see there."""
    if dtype not in DTYPES:
        raise InputError(f"extract: dtype is {dtype!r}; it can be {' or '.join(DTYPES)}.")
    config = run_config(options, out)
    datasets = {split: _dataset(config, split) for split in SPLITS}
    _check_augmentation(datasets["train"])
    encoders = {
        key: frozen_encoder(key, encoder).to(_device(config))
        for key, encoder in encoder_configs(config).items()
        if key in datasets["train"].processors
    }
    if not encoders:
        raise InputError(
            "extract: dataset_config.clip_features.from_clips takes every modality of the model from the clips, "
            "so that nothing is left to store; take one out of it."
        )
    manifest = Manifest(
        dataset=fingerprint(root_of(config.dataset_config.clips.root)),
        clips={split: len(dataset) for split, dataset in datasets.items()},
        dtype=dtype,
        modalities=_modalities(config, encoders, datasets["train"]),
    )
    with alone(out, SHARED):
        begin(out, manifest)
        own = part.of(list(missing(replace(manifest, shards=[]))))
        left = [shard for shard in missing(manifest) if shard in own]
        if fast and sum(shard.count for shard in left) >= WORTH_A_LOOK:
            _hasten(encoders, datasets["train"], manifest)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns) as progress, side_by_side(_device(config)) as in_turn:
            task = progress.add_task("Extracting features", total=sum(shard.count for shard in own))
            progress.advance(task, sum(shard.count for shard in manifest.shards))
            for shard in left:
                parts = []
                for batch in _batches(datasets[shard.split], shard, list(encoders), config):
                    parts.append(encode(batch, encoders, dtype, in_turn))
                    progress.advance(task, len(batch["readable"]))
                add(out, manifest, shard, {name: torch.cat([each[name] for each in parts]) for name in parts[0]})
    return manifest


def run_config(options: list[str], out: Path | None = None) -> DictConfig:
    """MMF's whole config for these options, registered as that of the run, which writes to `out` if that is given.
    Raises InputError if it is wrong."""
    setup_imports()
    config: DictConfig = Configuration(argparse.Namespace(config_override=None, opts=options)).get_config()
    if config.datasets != "clips":
        raise InputError(f"extract: dataset is {config.datasets!r}, but features come from raw media: dataset=clips.")
    config.dataset_config.clips.cache = False  # every clip is read once
    if out is not None:
        config.env.save_dir = str(out)  # where bad_clips.jsonl goes
    config.dataset_config.clips.fraction = 1.0  # a store serves every fraction
    return config


def frozen_encoder(key: str, config: Any) -> nn.Module:
    """The encoder of a modality, in evaluation mode. Raises InputError if it would change in training."""
    encoder: nn.Module = build_encoder(config)
    trainable = [name for name, parameter in encoder.named_parameters() if parameter.requires_grad]
    if trainable:
        raise InputError(
            f"modality {key!r}: its encoder has {len(trainable)} trainable parameters ({trainable[0]}, …), so training "
            f"changes its features and they cannot be stored; freeze it, or leave {key!r} out of fusion.use and later "
            f"train with dataset_config.clip_features.from_clips=[{key}]."
        )
    return encoder.eval()


def encode(batch: Fields, encoders: dict[str, nn.Module], dtype: str, in_turn: Map = map) -> Fields:
    """What is stored of a batch: `<key>` B x T x D, `<key>_mask` B x T (bytes) and `readable` B.

    Args:
        batch: of media.
        encoders: by modality.
        dtype: of the stored values.
        in_turn: how the encoders are gone through, one after the other or `side_by_side`.

    Raises:
        InputError: an encoder gives another number of tokens than the mask has, or what `dtype` cannot hold.
    """

    @torch.inference_mode()
    def tokens(key: str) -> Fields:
        encoder = encoders[key]
        device = next((parameter.device for parameter in encoder.parameters()), torch.device("cpu"))
        media, mask = batch[key].to(device), batch[f"{key}_mask"]
        values = encode_once(encoder, media)
        if values.shape[:-1] != mask.shape:
            raise InputError(
                f"modality {key!r}: its encoder gives {values.shape[1]} tokens, but its processor says "
                f"{mask.shape[1]}; set the processor's number of tokens to {values.shape[1]}."
            )
        values = values.to("cpu", getattr(torch, dtype))
        if not values.isfinite().all():
            raise InputError(f"modality {key!r}: its features hold numbers that {dtype} cannot; use dtype=float32.")
        return {key: values, f"{key}_mask": mask.to(torch.uint8)}

    stored = {"readable": batch["readable"]}
    for found in in_turn(tokens, encoders):
        stored |= found
    return stored


@contextmanager
def side_by_side(device: torch.device) -> Iterator[Map]:
    """How encoders are gone through: as many at once as there are cores for them, each with the threads that torch has
    here. With torch's own number of threads that is one; `make` and launchers of several processes leave it one thread.
    """
    threads = torch.get_num_threads()
    cores = (os.cpu_count() or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))  # torchrun's processes share them
    if device.type != "cpu" or cores < 2 * threads:
        yield map
        return
    with ThreadPoolExecutor(cores // threads, initializer=torch.set_num_threads, initargs=(threads,)) as pool:
        yield pool.map


def _dataset(config: DictConfig, split: str) -> Any:
    builder = registry.get_builder_class(config.datasets)()
    dataset = builder.load_dataset(config.dataset_config[config.datasets], split)
    dataset.varies = False
    for key in OmegaConf.select(config, "dataset_config.clip_features.from_clips") or []:
        dataset.processors.pop(key, None)  # training processes it from the clips
    return dataset


def _check_augmentation(dataset: Any) -> None:
    for key, processor in dataset.processors.items():
        if getattr(processor, "augments", False):
            raise InputError(
                f"modality {key!r}: its processor varies the clips in training, but a store holds each clip once; turn "
                "its augmentation off (shift: 0, flip: 0), or train from the clips."
            )


def _device(config: DictConfig) -> torch.device:
    wanted = torch.device(config.training.device)
    return wanted if wanted.type == "cuda" and torch.cuda.is_available() else torch.device("cpu")


def _modalities(config: DictConfig, encoders: dict[str, nn.Module], dataset: Any) -> dict[str, StoredModality]:
    """The recipes of all modalities; T and D are those of the first clip."""
    first = encode(_collate([dataset[0]], list(encoders)), encoders, "float32")
    configs = encoder_configs(config)
    return {
        key: StoredModality(
            processor=processor_recipe(config.dataset_config.clips.processors, key),
            encoder=encoder_recipe(configs[key]),
            weights=weights_digest(encoder),
            tokens=first[key].shape[1],
            width=first[key].shape[2],
            origin=origin_of(encoder),
        )
        for key, encoder in encoders.items()
    }


def _hasten(encoders: dict[str, nn.Module], dataset: Any, manifest: Manifest) -> None:
    """Put the fastest way to run each encoder in its place, say which it is, and note it in the manifest."""
    first = _collate([dataset[0]], list(encoders))
    for key, encoder in encoders.items():
        device = next((parameter.device for parameter in encoder.parameters()), torch.device("cpu"))
        encoders[key], choice = fastest(encoder, first[key].to(device))
        if encoders[key] is not encoder:
            print(f"{key}: {choice}")
            manifest.modalities[key] = replace(manifest.modalities[key], run=choice._asdict())


def _batches(dataset: Any, shard: Shard, keys: list[str], config: DictConfig) -> Iterator[Fields]:
    """The shard's clips, decoded by other processes while the encoders are at work: `training.num_workers` of them,
    or, if that is 0, as many as half the cores."""
    clips = Subset(dataset, range(shard.first, shard.first + shard.count))
    workers = config.training.num_workers or max(1, (os.cpu_count() or 1) // 2)
    size = AT_ONCE[_device(config).type]
    yield from DataLoader(clips, size, num_workers=workers, collate_fn=partial(_collate, keys=keys))


def _collate(samples: list[Any], keys: list[str]) -> Fields:
    names = [name for key in keys for name in (key, f"{key}_mask")]
    batch = {name: torch.stack([sample[name] for sample in samples]) for name in names}
    return batch | {"readable": torch.stack([(sample["targets"] != UNREADABLE).all() for sample in samples])}
