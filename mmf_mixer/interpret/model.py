"""A trained model, loaded again from the folder of its run: no dataset folder is needed."""

import json
import pickle
from collections.abc import Mapping, Sequence
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

from mmf_mixer.compat.options import merge_options
from mmf_mixer.data.clip import Clip, Labels
from mmf_mixer.data.folder import LABELS, read_labels, root_of
from mmf_mixer.errors import InputError
from mmf_mixer.measures.probabilities import probabilities
from mmf_mixer.modules.tokens import TokenSequence
from mmf_mixer.protocols import Fields
from mmf_mixer.training.resume.checkpoints import check_checkpoint


@dataclass(frozen=True)
class TrainedModel:
    """What `load_model` gives. The model is in evaluation mode, on `device`, and none of its parameters is trained."""

    folder: Path
    config: DictConfig
    model: Any
    labels: Labels
    device: torch.device

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Where each modality lies in the sequence."""
        found: dict[str, slice] = self.model.slices()
        return found

    @cached_property
    def processors(self) -> dict[str, Any]:
        """What makes each modality of the run from a clip; also for a run from stored features, but for those that
        somebody has made otherwise."""
        configs = self.config.dataset_config[self.config.datasets].processors
        named = {key: configs.get(f"{key}_processor") for key in self.slices}
        return {key: _processor(config) for key, config in named.items() if config}

    @cached_property
    def absent(self) -> Tensor:
        """The sequence of a clip that has none of the modalities, S x C."""
        nothing = Clip("", None, None, None, None, None, ())
        batch: Fields = {}
        for entry in self.model.config.modalities:
            key, shape = entry.key, (entry.position_dim, entry.embedding_dim)
            made = {"values": torch.zeros(shape), "mask": torch.zeros(shape[0], dtype=torch.long)}
            if key in self.processors:
                made = self.processors[key](nothing)
            batch |= {key: made["values"][None].to(self.device), f"{key}_mask": made["mask"][None].to(self.device)}
        with torch.no_grad():
            values: Tensor = self.model.encode(batch).values[0]
        return values

    def autocast(self) -> torch.autocast:
        """The precision that the run has in training."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=bool(self.config.training.get("bf16", False)))

    def score(self, tokens: TokenSequence) -> Tensor:
        """Everything right of the token stage: `B x S x C -> B x L` logits."""
        scores: Tensor = self.model.score(tokens)
        return scores

    def probability(self, tokens: TokenSequence) -> Tensor:
        """`B x S x C -> B x L`: softmax within an exclusive group of labels, sigmoid in an open one."""
        return probabilities(self.score(tokens), self.labels).to(self.device)


def load_model(folder: Path | str, options: Sequence[str] = ()) -> TrainedModel:
    """Build the model of a run again, with its best weights.

    Frozen encoders load their own weights, as they are not in checkpoints.

    Args:
        folder: `env.save_dir` of the training.
        options: MMF options that replace those of the run.

    Raises:
        InputError: the folder is damaged or no finished run, its model cannot be taken apart, or its labels are
            nowhere to be found.
    """
    folder = Path(folder)
    config = run_config(folder, options)
    return model_of(folder, config, _labels(folder, config))


def model_of(folder: Path, config: DictConfig, labels: Labels) -> TrainedModel:
    """The same from the run's `config`, with the labels of its dataset folder. Raises InputError as `load_model`."""
    weights = _weights(folder, str(config.model))
    _check_labels(folder, config, labels.names)
    model = build_model(config.model_config[config.model])
    if not all(hasattr(model, step) for step in ("encode", "score", "slices")):
        raise InputError(f"{folder}: the model {config.model} has no token sequence to look at; use a fusion model.")
    _load(model, weights, folder)
    device = torch.device(config.training.device if torch.cuda.is_available() else "cpu")
    model.to(device).eval().requires_grad_(False)
    return TrainedModel(folder, config, model, labels, device)


def run_config(folder: Path, options: Sequence[str]) -> DictConfig:
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


def _labels(folder: Path, config: DictConfig) -> Labels:
    """The labels of the run's dataset folder; where that is gone, those that the run keeps."""
    settings = config.dataset_config[config.datasets]
    if not (root_of(settings.root) / LABELS).is_file() and (folder / LABELS).is_file():
        settings.root = str(folder)
    return read_labels(root_of(settings.root))


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


def _processor(config: DictConfig) -> Any:
    return registry.get_processor_class(config.type)(config.get("params") or OmegaConf.create())


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
