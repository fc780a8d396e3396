"""What the datasets over a dataset folder share: clips and labels, samples, predictions, and their builder."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from mmf.common.registry import registry
from mmf.common.sample import Sample, SampleList
from mmf.datasets.base_dataset import BaseDataset
from mmf.datasets.base_dataset_builder import BaseDatasetBuilder
from omegaconf import DictConfig
from torch import Tensor

from mmf_mixer.data.clip import UNREADABLE, Labels
from mmf_mixer.data.folder import DatasetFolder, fingerprint, read_folder, root_of
from mmf_mixer.data.fractions import subset_of
from mmf_mixer.errors import InputError
from mmf_mixer.measures.probabilities import probabilities
from mmf_mixer.protocols import Batch, Fields, Json, Report
from mmf_mixer.registered import register_labels


@dataclass
class LoaderSettings:
    """What MMF's data loader may find in any `dataset_config.<name>`."""

    num_workers: Any = None
    pin_memory: Any = None
    shuffle: Any = None
    batch_size: Any = None
    persistent_workers: Any = None


class FolderDataset(BaseDataset):  # type: ignore[misc]  # MMF has no types
    """One split of a dataset folder. `config` is `dataset_config.<name>`.

    `varies` says whether its samples are varied, as training does it; who wants the clips as they are sets it to False.
    """

    def __init__(self, name: str, config: DictConfig, split: str, folder: DatasetFolder) -> None:
        super().__init__(name, config, split)
        self.labels: Labels = folder.labels
        self.clips = folder.splits[split]
        self.varies = split == "train"

    def __len__(self) -> int:
        return len(self.clips)

    def sample(self, index: int, modalities: dict[str, dict[str, Tensor]], readable: bool = True) -> Batch:
        """The MMF Sample of a clip.

        Each modality's `values` and `mask` become `<key>` and `<key>_mask`; `targets` is multi-hot, L, or all -1
        for a clip that is not `readable`; `clip_index` is the clip's place among `clips`.
        """
        [targets] = self.targets([index])
        made: Batch = Sample(self._fields(torch.tensor(index), modalities, targets, torch.tensor(readable)))
        return made

    def batch(self, indices: list[int], modalities: dict[str, dict[str, Tensor]], readable: Tensor) -> Batch:
        """The MMF SampleList of B clips: what `sample` gives, stacked."""
        made: Batch = SampleList(self._fields(torch.tensor(indices), modalities, self.targets(indices), readable))
        return made

    def targets(self, indices: list[int]) -> Tensor:
        """Which labels B clips have, B x L of 0 and 1."""
        return torch.from_numpy(self.clips.at(indices).label_table()).float()

    def _fields(
        self, at: Tensor, modalities: dict[str, dict[str, Tensor]], targets: Tensor, readable: Tensor
    ) -> Fields:
        """Fields of one clip, or of B clips: `at` and `readable` are scalars, or B; `targets` are L, or B x L."""
        made = {}
        for key, modality in modalities.items():
            made[key], made[f"{key}_mask"] = modality["values"], modality["mask"]
        made["targets"] = torch.where(readable.unsqueeze(-1), targets, UNREADABLE)
        made["clip_index"] = at
        made["id"] = at  # the name under which MMF gathers it from all ranks when it predicts
        return made

    def format_for_prediction(self, report: Report) -> list[Json]:
        """Rows `{"id", "labels": {name: score}}`; scores are a softmax in an exclusive group, else sigmoids."""
        rows = zip(report.id.tolist(), probabilities(report.scores, self.labels).tolist(), strict=True)
        names = self.labels.names
        return [{"id": self.clips[index].id, "labels": dict(zip(names, row, strict=True))} for index, row in rows]


class FolderBuilder(BaseDatasetBuilder):  # type: ignore[misc]  # MMF has no types
    """Builds the dataset `name` over a dataset folder, which is read and checked once for all splits."""

    name: str

    def __init__(self, dataset_name: str | None = None) -> None:
        super().__init__(dataset_name or self.name)

    @classmethod
    def config_path(cls) -> str:
        """The defaults, relative to the plugin's folder of configs."""
        return f"configs/datasets/{cls.name}/defaults.yaml"

    def build(self, config: DictConfig, dataset_type: str = "train", *args: object, **kwargs: object) -> None:
        """Nothing to download or prepare."""

    def folder(self, config: DictConfig) -> DatasetFolder:
        """The folder at `root` of `dataset_config.<name>`, of its training split the `fraction` that is asked for.

        Raises:
            InputError: it is unset, missing or wrong, or there is no such fraction.
        """
        path = self._root(config)
        return _part(path, fingerprint(path), config.get("fraction", 1.0), config.get("fraction_seed", 0))

    def _root(self, config: DictConfig) -> Path:
        root = config.get("root")
        if not root:
            raise InputError(
                f"dataset_config.{self.dataset_name}.root is not set; give it the path of a dataset folder, "
                "one that holds labels.yaml, train.jsonl, val.jsonl and test.jsonl."
            )
        path = root_of(root).resolve()
        if not path.is_dir():
            raise InputError(f"dataset_config.{self.dataset_name}.root: there is no folder {path}; correct the path.")
        return path

    def update_registry_for_model(self, config: DictConfig) -> None:
        """Registers the labels, by which losses and metrics tell the groups apart, and how frequent they are."""
        folder = self.folder(config)
        register_labels(self.dataset_name, folder.labels, training_positives(folder), len(folder.splits["train"]))


@lru_cache(maxsize=4)
def _folder(root: Path, stamp: str) -> DatasetFolder:
    return read_folder(root)


@lru_cache(maxsize=4)
def _part(root: Path, stamp: str, fraction: float, seed: int) -> DatasetFolder:
    whole = _folder(root, stamp)
    clips = whole.splits["train"]
    part = clips.at(subset_of(clips, fraction, seed))
    return DatasetFolder(whole.labels, {**whole.splits, "train": part})


def training_positives(folder: DatasetFolder) -> Tensor:
    """How many training clips have each of the L labels."""
    return torch.from_numpy(folder.splits["train"].label_counts())


def model_modalities() -> list[str] | None:
    """Keys of the modalities that the run's model reads; None if there is no run, or its model lists none."""
    config = registry.get("config", no_warning=True)
    if not config or not config.get("model"):
        return None
    model = config.get("model_config", {}).get(config.model)
    while isinstance(model, str):  # MMF lets one model's config stand for another's
        model = config.model_config.get(model)
    if not model or not model.get("modalities"):
        return None
    return [modality.key for modality in model.modalities]
