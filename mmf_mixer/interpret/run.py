"""A trained run, loaded again from its folder: model, config, data, labels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from mmf.common.registry import registry
from omegaconf import DictConfig
from torch import Tensor
from torch.utils.data import DataLoader, Subset

from mmf_mixer.data.clip import SPLITS, UNREADABLE
from mmf_mixer.datasets.base import FolderDataset
from mmf_mixer.errors import InputError
from mmf_mixer.interpret.model import TrainedModel, model_of, run_config
from mmf_mixer.modules.tokens import TokenSequence
from mmf_mixer.protocols import Trainer

CLIPS_AT_ONCE = 32
REMEMBERED = 2**30  # bytes of encoded clips of a run
EncodedClip = tuple[Tensor, Tensor, Tensor]  # tokens S x C, mask S, targets L


@dataclass(frozen=True)
class Encoded:
    """Clips of a split after the token stage: `tokens` N x S x C, `targets` N x L multi-hot, `index` N their places
    in the split. Unreadable clips are left out."""

    tokens: TokenSequence
    targets: Tensor
    index: Tensor


@dataclass(frozen=True)
class TrainedRun(TrainedModel):
    """What `load_run` gives: a trained model, and the splits of its dataset folder."""

    datasets: dict[str, FolderDataset]

    def by_lot(self, split: str, most: int, seed: int = 0) -> list[int]:
        """The places of the clips of a split, in order: of `most` of them by lot if there are more."""
        lot = torch.randperm(len(self.datasets[split]), generator=torch.Generator().manual_seed(seed))
        return sorted(lot[:most].tolist())

    @torch.no_grad()
    def encode(self, split: str, clips: Sequence[int]) -> Encoded:
        """Everything left of the fusion for the clips at these places of a split. What has been encoded is remembered,
        up to `REMEMBERED` bytes.

        Raises:
            InputError: no clip can be read, or a modality has another number of tokens than its `position_dim`.
        """
        found = dict(self._encoded(split, clips))
        values, mask, whole = (torch.stack(part) for part in zip(*(found[clip] for clip in clips), strict=True))
        readable = whole[:, 0] != UNREADABLE
        if not readable.any():
            raise InputError(f"{self.folder}: no clip of split {split} can be read; bad_clips.jsonl there says why.")
        values, mask = values[readable], mask[readable]
        if values.shape[1] != (length := max(span.stop for span in self.slices.values())):
            raise InputError(
                f"{self.folder}: the model's sequence has {values.shape[1]} tokens, but the position_dim of its "
                f"modalities add up to {length}; correct them in {self.folder / 'config.yaml'}."
            )
        return Encoded(TokenSequence(values, mask), whole[readable], torch.tensor(clips)[readable.cpu()])

    @cached_property
    def _remembered(self) -> dict[tuple[str, int], EncodedClip]:
        return {}

    def _encoded(self, split: str, clips: Sequence[int]) -> Iterator[tuple[int, EncodedClip]]:
        """Each clip with its tokens, mask and targets."""
        new = []
        for clip in clips:
            if (split, clip) in self._remembered:
                yield clip, self._remembered[split, clip]
            else:
                new.append(clip)
        for number, batch in enumerate(self._batches(split, new)):
            tokens = self.model.encode(batch)
            for row, found in enumerate(zip(tokens.values, tokens.mask, batch["targets"], strict=True)):
                clip = new[number * CLIPS_AT_ONCE + row]
                if (len(self._remembered) + 1) * found[0].nbytes <= REMEMBERED:
                    self._remembered[split, clip] = found
                yield clip, found

    def _batches(self, split: str, clips: Sequence[int]) -> Iterator[dict[str, Tensor]]:
        def collate(samples: list[Any]) -> dict[str, Tensor]:
            return {key: torch.stack([sample[key] for sample in samples]).to(self.device) for key in names}

        names = [name for key in self.slices for name in (key, f"{key}_mask")] + ["targets"]
        yield from DataLoader(Subset(self.datasets[split], clips), CLIPS_AT_ONCE, collate_fn=collate)


def run_of(trainer: Trainer) -> TrainedRun:
    """The run that MMF's trainer has just ended, its model in evaluation mode: what `load_run` gives, but that its
    parameters may be trained on."""
    config = trainer.config
    datasets = {split: _dataset(config, split) for split in SPLITS}
    model = getattr(trainer.model, "module", trainer.model).eval()
    return TrainedRun(Path(config.env.save_dir), config, model, datasets["train"].labels, trainer.device, datasets)


def load_run(folder: Path | str, options: Sequence[str] = ()) -> TrainedRun:
    """A trained model with the data set of its run.

    Args:
        folder: `env.save_dir` of the training.
        options: MMF options that replace those of the run, such as `dataset_config.clips.root=…` for a dataset folder
            that has moved.

    Raises:
        InputError: as `load_model`; or the dataset folder is gone or has other labels.
    """
    folder = Path(folder)
    config = run_config(folder, options)
    datasets = {split: _dataset(config, split) for split in SPLITS}
    loaded = model_of(folder, config, datasets["train"].labels)
    return TrainedRun(**vars(loaded), datasets=datasets)


def _dataset(config: DictConfig, split: str) -> FolderDataset:
    builder = registry.get_builder_class(config.datasets)()
    dataset = builder.load_dataset(config.dataset_config[config.datasets], split)
    if not isinstance(dataset, FolderDataset):
        raise InputError(f"the run's data set {config.datasets} is no dataset folder; use clips or clip_features.")
    dataset.varies = False
    return dataset
