"""A trained run, loaded again from its folder: model, config, data, labels."""

import json
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

import torch
from mmf.common.registry import registry
from mmf.utils.build import build_model
from mmf.utils.env import import_user_module, setup_imports
from omegaconf import DictConfig, OmegaConf
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset

from mmf_mixer.compat.options import merge_options
from mmf_mixer.data.clip import SPLITS, UNREADABLE, Labels
from mmf_mixer.datasets.base import FolderDataset
from mmf_mixer.errors import InputError
from mmf_mixer.measures.probabilities import probabilities
from mmf_mixer.modules.tokens import TokenSequence
from mmf_mixer.training.resume.checkpoints import check_checkpoint

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
class TrainedRun:
    """What `load_run` gives. The model is in evaluation mode, on `device`, and none of its parameters is trained."""

    folder: Path
    config: DictConfig
    model: Any
    datasets: dict[str, FolderDataset]
    device: torch.device

    @property
    def labels(self) -> Labels:
        """The label groups of the run's dataset folder."""
        return self.datasets["train"].labels

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Where each modality lies in the sequence."""
        found: dict[str, slice] = self.model.slices()
        return found

    def score(self, tokens: TokenSequence) -> Tensor:
        """Everything right of the token stage: `B x S x C -> B x L` logits."""
        scores: Tensor = self.model.score(tokens)
        return scores

    def probability(self, tokens: TokenSequence) -> Tensor:
        """`B x S x C -> B x L`: softmax within an exclusive group of labels, sigmoid in an open one."""
        return probabilities(self.score(tokens), self.labels).to(self.device)

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
        if values.shape[1] != (length := max(where.stop for where in self.slices.values())):
            raise InputError(
                f"{self.folder}: the model's sequence has {values.shape[1]} tokens, but the position_dim of its "
                f"modalities add up to {length}; correct them in {self.folder / 'config.yaml'}."
            )
        return Encoded(TokenSequence(values, mask), whole[readable], torch.tensor(clips)[readable.cpu()])

    @cached_property
    def processors(self) -> dict[str, Any]:
        """What makes each modality of the run from a clip; also for a run from stored features."""
        configs = {key: self.datasets["test"].config.processors[f"{key}_processor"] for key in self.slices}
        return {
            key: registry.get_processor_class(config.type)(config.get("params") or OmegaConf.create())
            for key, config in configs.items()
        }

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


def load_run(folder: Path | str, options: Sequence[str] = ()) -> TrainedRun:
    """Build the model of a run again, with its best weights, and its datasets.

    Frozen encoders load their own weights, as they are not in checkpoints.

    Args:
        folder: `env.save_dir` of the training.
        options: MMF options that replace those of the run, such as `dataset_config.clips.root=…` for a dataset folder
            that has moved.

    Raises:
        InputError: the folder is damaged or no finished run, its model cannot be taken apart, or its dataset folder
            is gone or has other labels.
    """
    folder = Path(folder)
    config = _config(folder, options)
    weights = _weights(folder, str(config.model))
    datasets = {split: _dataset(config, split) for split in SPLITS}
    _check_labels(folder, config, datasets["train"].labels.names)
    model = build_model(config.model_config[config.model])
    if not all(hasattr(model, step) for step in ("encode", "score", "slices")):
        raise InputError(f"{folder}: the model {config.model} has no token sequence to look at; use a fusion model.")
    _load(model, weights, folder)
    device = torch.device(config.training.device if torch.cuda.is_available() else "cpu")
    model.to(device).eval().requires_grad_(False)
    return TrainedRun(folder, config, model, datasets, device)


def _config(folder: Path, options: Sequence[str]) -> DictConfig:
    """The run's whole config, registered as that of this process."""
    path = folder / "config.yaml"
    if not path.is_file():
        raise InputError(f"{folder}: is no folder of a run, for it has no config.yaml; name the env.save_dir of one.")
    try:
        config = OmegaConf.load(path)
        assert isinstance(config, DictConfig) and config.model in config.model_config and config.datasets
    except Exception as error:  # whatever a YAML parser meets in a damaged file
        reason = " ".join(str(error).split()) or "it is no config of MMF"
        raise InputError(f"{path}: is damaged ({reason}); train the run again.") from None
    merge_options(config, list(options), log_info=False)
    config.env.save_dir = str(folder)
    registry.register("config", config)
    setup_imports()
    import_user_module(config.env.user_dir)
    return config


def _dataset(config: DictConfig, split: str) -> FolderDataset:
    builder = registry.get_builder_class(config.datasets)()
    dataset = builder.load_dataset(config.dataset_config[config.datasets], split)
    if not isinstance(dataset, FolderDataset):
        raise InputError(f"the run's data set {config.datasets} is no dataset folder; use clips or clip_features.")
    dataset.varies = False
    return dataset


def _check_labels(folder: Path, config: DictConfig, found: list[str]) -> None:
    path, root = folder / "labels.json", config.dataset_config[config.datasets].root
    try:
        trained = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}); train the run again.") from None
    if trained != found:
        first = next(pair for pair in zip_longest(trained, found) if pair[0] != pair[1])
        raise InputError(
            f"{folder}: this run knows {len(trained)} labels, but its dataset folder {root} has {len(found)}, where "
            f"{first[1]!r} is in the place of {first[0]!r}; give the folder that it was trained on with "
            f"dataset_config.{config.datasets}.root=…."
        )


def _weights(folder: Path, model: str) -> dict[str, Tensor]:
    """The best checkpoint's weights if there are such, else the last ones."""
    files = [folder / "best.ckpt", folder / f"{model}_final.pth"]
    file = next(filter(Path.is_file, files), None)
    if file is None:
        raise InputError(f"{folder}: has neither best.ckpt nor {model}_final.pth; let its training finish.")
    try:
        content: Any = torch.load(file, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, EOFError, RuntimeError, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(f"{file}: is damaged ({reason}); train again, or remove it if there is another.") from None
    check_checkpoint(content, file)
    state: dict[str, Tensor] = content.get("model", content) if isinstance(content, Mapping) else {}
    return state


def _load(model: nn.Module, state: dict[str, Tensor], folder: Path) -> None:
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{folder}: its weights are not those of its config.yaml ({reason}); train again.") from None
