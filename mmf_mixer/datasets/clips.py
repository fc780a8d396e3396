"""The dataset `clips`: raw media, decoded and processed when a clip is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mmf.common.registry import registry
from mmf.common.sample import Sample
from omegaconf import DictConfig, OmegaConf
from torch import Tensor
from torch.utils.data import get_worker_info

from mmf_mixer.data.clip import Clip
from mmf_mixer.data.folder import DatasetFolder
from mmf_mixer.datasets.bad_clips import bad_clips
from mmf_mixer.datasets.base import FolderBuilder, FolderDataset, LoaderSettings, model_modalities
from mmf_mixer.datasets.modality_dropout import hide_modalities
from mmf_mixer.errors import InputError, nearest
from mmf_mixer.processes import is_main_process
from mmf_mixer.protocols import Batch
from mmf_mixer.settings import read_params

SUFFIX = "_processor"


@dataclass
class ClipsSettings(LoaderSettings):
    """`dataset_config.clips`: see `configs/datasets/clips/defaults.yaml`."""

    root: str | None = None
    fraction: float = 1.0
    fraction_seed: int = 0
    modality_dropout: float = 0.0
    on_bad_clip: Literal["skip", "raise"] = "skip"
    cache: bool = True
    cache_gb: float = 2.0
    processors: dict[str, Any] = field(default_factory=dict)


class ClipsDataset(FolderDataset):
    """One split of raw clips. Sample fields are those of `FolderDataset.sample`, one modality per processor."""

    schema: type[ClipsSettings] = ClipsSettings

    def __init__(self, name: str, config: DictConfig, split: str, folder: DatasetFolder) -> None:
        super().__init__(name, config, split, folder)
        self.settings = read_params(f"dataset_config.{name}", self.schema, config)
        if not 0 <= self.settings.modality_dropout < 1:
            raise InputError(
                f"dataset_config.{name}.modality_dropout is {self.settings.modality_dropout}; it is the chance that a "
                "modality is hidden, from 0 to below 1."
            )
        self.processors: dict[str, Any] = {}
        share = len(self.clips) / sum(map(len, folder.splits.values()))
        self.cache = SampleCache(self.settings.cache_gb * 2**30 * share if self.settings.cache else 0)
        save_dir = OmegaConf.select(registry.get("config", no_warning=True) or OmegaConf.create(), "env.save_dir")
        self.bad = bad_clips(Path(save_dir or "save").resolve() / "bad_clips.jsonl", tell=is_main_process())

    def init_processors(self) -> None:
        """Makes the processors of the modalities that the run's model reads; all, if it does not say."""
        processors = self.settings.processors
        self.make_processors(modality_processors(self.dataset_name, processors, model_modalities()))

    def make_processors(self, configs: dict[str, Any]) -> None:
        """Makes the processors of these configs, by modality key, and registers them with MMF."""
        for key, config in configs.items():
            self.processors[key] = _processor(f"dataset_config.{self.dataset_name}.processors.{key}{SUFFIX}", config)
            registry.register(f"{self.dataset_name}_{key}{SUFFIX}", self.processors[key])

    def __getitem__(self, index: int) -> Batch:
        sample = self.whole(index)
        if self.varies:
            hide_modalities(sample, self.settings.modality_dropout)
            for key, processor in self.processors.items():
                if hasattr(processor, "augment"):
                    sample[key] = processor.augment(sample[key])
        return sample

    def whole(self, index: int) -> Batch:
        """The clip's sample as the processors made it, now or earlier, before what training does to it."""
        if (known := self.cache.get(index)) is not None:
            return known
        clip = self.clips[index]
        modalities: dict[str, dict[str, Tensor]] = {}
        for key, processor in self.processors.items():
            try:
                modalities[key] = processor(clip)
                if hasattr(processor, "hint") and (hint := processor.hint(clip, modalities[key])):
                    self.bad.hint(self.dataset_type, clip.id, key, hint)
            except InputError as error:
                if self.settings.on_bad_clip == "raise":
                    raise InputError(f"clip {clip.id!r} of {self.dataset_type}, {key}: {error}") from None
                self.bad.add(self.dataset_type, clip.id, key, error)
                nothing = Clip(clip.id, None, None, None, None, None, ())
                modalities = {key: processor(nothing) for key, processor in self.processors.items()}
                return self.cache.put(index, self.sample(index, modalities, readable=False))
        return self.cache.put(index, self.sample(index, modalities))


class SampleCache:
    """Samples kept in the memory of the process that made them, until `budget` bytes are full.

    The loader's workers are processes of their own, and share the budget.
    """

    def __init__(self, budget: float) -> None:
        self.budget = budget
        self.used = 0
        self.samples: dict[int, Batch] = {}

    def get(self, index: int) -> Batch | None:
        """A copy of the sample that holds the same tensors, or None."""
        return Sample(self.samples[index]) if index in self.samples else None

    def put(self, index: int, sample: Batch) -> Batch:
        """Keep the sample if there is room; returns it."""
        size = sum(value.untyped_storage().nbytes() for value in sample.values())
        worker = get_worker_info()
        if self.used + size <= self.budget / (worker.num_workers if worker else 1):
            self.samples[index] = Sample(sample)
            self.used += size
        return sample


@registry.register_builder("clips")
class ClipsBuilder(FolderBuilder):
    """Builds `clips` from `dataset_config.clips`."""

    name = "clips"

    def load(self, config: DictConfig, dataset_type: str = "train", *args: object, **kwargs: object) -> ClipsDataset:
        """One split. Raises InputError if the config or the dataset folder is wrong."""
        folder = self.folder(config)
        clips = folder.splits[dataset_type]
        if not clips.media.all():
            bare = clips[int(clips.media.argmin())]
            raise InputError(
                f"clip {bare.id!r} of {dataset_type} has features and no media; train with dataset=clip_features and "
                "the store that they are in."
            )
        return ClipsDataset(self.dataset_name, config, dataset_type, folder)


def modality_processors(dataset: str, processors: dict[str, Any], wanted: Sequence[str] | None) -> dict[str, Any]:
    """Processor configs by modality key, of the modalities that are `wanted`, in their order; None = of all.

    Raises InputError if one has no processor.
    """
    known = {name.removesuffix(SUFFIX): config for name, config in processors.items() if config}
    wanted = list(known) if wanted is None else wanted
    for key in wanted:
        if key not in known:
            raise InputError(
                f"the model reads the modality {key!r}, but dataset_config.{dataset}.processors has no "
                f"{key}{SUFFIX}; add one, or take {key!r} from the model's modalities."
            )
    return {key: known[key] for key in wanted}


def _processor(section: str, config: Any) -> Any:
    name = config.get("type") if isinstance(config, dict) else None
    known = registry.mapping["processor_name_mapping"]
    if name not in known:
        close = nearest(name, known)
        hint = f" (did you mean {close!r}?)" if close else ""
        raise InputError(f"{section}: there is no processor type {name!r}{hint}; correct it.")
    return known[name](OmegaConf.create(config.get("params") or {}))
