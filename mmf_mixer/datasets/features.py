"""The dataset `clip_features`: the samples of `clips`, with what frozen encoders made of the media in their place."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from mmf.common.registry import registry
from omegaconf import DictConfig

from mmf_mixer.data.clip import UNREADABLE
from mmf_mixer.data.folder import DatasetFolder, fingerprint, root_of
from mmf_mixer.datasets.base import FolderBuilder, model_modalities
from mmf_mixer.datasets.clips import ClipsDataset, ClipsSettings, modality_processors
from mmf_mixer.datasets.modality_dropout import hide_in_batch
from mmf_mixer.encoders.recipes import encoder_configs, encoder_recipe, processor_recipe
from mmf_mixer.errors import InputError
from mmf_mixer.protocols import Batch
from mmf_mixer.settings import read_params
from mmf_mixer.store.manifest import GIVEN, Recipe
from mmf_mixer.store.store import FeatureStore


@dataclass
class FeatureSettings(ClipsSettings):
    """`dataset_config.clip_features`: see its `defaults.yaml`."""

    store: str | None = None
    from_clips: list[str] = field(default_factory=list)


class ClipFeaturesDataset(ClipsDataset):
    """One split from a feature store, but for the modalities of `from_clips`, which are processed as in `clips`.

    Stored values are `T x D`; the other sample fields are those of `clips`. A clip's place in the whole split, of which
    `folder` may have a part only, is its place in the store.
    """

    schema = FeatureSettings
    settings: FeatureSettings

    def __init__(
        self,
        name: str,
        config: DictConfig,
        split: str,
        folder: DatasetFolder,
        store: FeatureStore,
        keys: list[str],
    ) -> None:
        super().__init__(name, config, split, folder)
        self.store = store
        self.keys = keys

    def init_processors(self) -> None:
        """Makes the processors of the modalities that do not come from the store."""
        wanted = [key for key in model_modalities() or self.settings.from_clips if key in self.settings.from_clips]
        self.make_processors(modality_processors(self.dataset_name, self.settings.processors, wanted))

    @property
    def reads_batches(self) -> bool:
        """Whether `varied_batch` may be asked: nothing has to be processed."""
        return not self.processors

    def varied_batch(self, indices: list[int], generators: Iterable[torch.Generator]) -> Batch:
        """The samples as MMF's SampleList, each varied by its own generator."""
        places = self.clips.places[indices].tolist()
        batch = self.batch(indices, *self.store.read_batch(self.dataset_type, places, self.keys))
        if self.varies:
            hide_in_batch(batch, self.settings.modality_dropout, generators)
        return batch

    def whole(self, index: int) -> Batch:
        """The clip's sample from the store and, where that lacks a modality, from the clip."""
        stored, readable = self.store.read(self.dataset_type, int(self.clips.places[index]), self.keys)
        if not self.processors:
            return self.sample(index, stored, readable)
        sample = super().whole(index)
        for key, modality in stored.items():
            sample[key], sample[f"{key}_mask"] = modality["values"], modality["mask"]
        if not readable:
            sample["targets"] = torch.full_like(sample["targets"], UNREADABLE)
        return sample


@registry.register_builder("clip_features")
class ClipFeaturesBuilder(FolderBuilder):
    """Builds `clip_features` from `dataset_config.clip_features`."""

    name = "clip_features"

    def load(
        self, config: DictConfig, dataset_type: str = "train", *args: object, **kwargs: object
    ) -> ClipFeaturesDataset:
        """One split. Raises InputError if config, dataset folder or store is wrong, or the store is stale."""
        settings = read_params(f"dataset_config.{self.dataset_name}", FeatureSettings, config)
        folder = self.folder(config)
        if not settings.store:
            raise InputError(
                f"dataset_config.{self.dataset_name}.store is not set; give it the folder that mmf_mixer extract wrote."
            )
        store = FeatureStore(Path(settings.store).expanduser())
        wanted = wanted_recipes(settings, registry.get("config", no_warning=True), store)
        store.check(fingerprint(root_of(str(settings.root))), wanted)
        registry.register("feature_store", store)  # for the check of weights, once there are encoders
        return ClipFeaturesDataset(self.dataset_name, config, dataset_type, folder, store, list(wanted))


def wanted_recipes(
    settings: FeatureSettings, config: DictConfig | None, store: FeatureStore
) -> dict[str, tuple[Recipe | None, Recipe | None]]:
    """Processor and encoder of each modality that the run's model reads from the store; without a run, whatever the
    store has. Features that were given hang on no processor."""
    encoders: dict[str, Any] = dict.fromkeys(store.manifest.modalities)
    if config and config.get("model"):
        encoders = encoder_configs(config)
    given = {key for key, made in store.manifest.modalities.items() if made.processor.get("type") == GIVEN}
    return {
        key: (None if key in given else processor_recipe(settings.processors, key), encoder and encoder_recipe(encoder))
        for key, encoder in encoders.items()
        if key not in settings.from_clips
    }
