"""What the code here asks of MMF's objects, which have no types of their own; and plain data, as files hold it.

No library is imported for its types alone, since `mmf_mixer doctor` must run where one is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias

if TYPE_CHECKING:
    import torch
    from omegaconf import DictConfig
    from torch import Tensor, nn

Json = dict[str, Any]  # an object of a JSON file
Fields: TypeAlias = "dict[str, Tensor]"  # of a batch, or of what a model makes of it


class Batch(Protocol):
    """MMF's sample list, or one sample: fields by name, or as attributes; tensors mostly."""

    dataset_name: str
    dataset_type: str

    def __iter__(self) -> Iterator[str]: ...
    def __getitem__(self, name: str) -> Any: ...
    def __getattr__(self, name: str) -> Any: ...
    def __setitem__(self, name: str, value: object) -> None: ...
    def __delitem__(self, name: str) -> None: ...
    def get(self, name: str, default: object = None) -> Any: ...
    def keys(self) -> Iterable[str]: ...
    def values(self) -> Iterable[Any]: ...
    def items(self) -> Iterable[tuple[str, Any]]: ...
    def get_batch_size(self) -> int: ...
    def to(self, device: torch.device) -> Self: ...


class Report(Batch, Protocol):
    """A batch with what the model says of it."""

    batch_size: int
    losses: dict[str, Any]  # tensors

    def accumulate_tensor_fields(self, report: Self, field_list: Collection[str]) -> None: ...


class Meter(Protocol):
    """Running averages of losses and metrics."""

    meters: dict[str, Any]


class Trainer(Protocol):
    """MMF's trainer of either release, with what ours adds (see `training.resume.progress`)."""

    config: DictConfig
    config_resolved: Json
    training_config: DictConfig
    device: torch.device
    local_rank: int
    distributed: bool
    model: nn.Module
    optimizer: torch.optim.Optimizer
    lr_scheduler: Any
    early_stopping: Any
    metrics: Any
    val_loader: Any
    run_type: str
    num_updates: int
    current_epoch: int
    seed: int
    position: int
    identity: Json
    history: list[Json]
    random_states: list[Json]
    left_off: Any
    saved_at: int | None
    weights_from: str


class Checkpoint(Protocol):
    """MMF's, which writes and reads the files of a run."""

    trainer: Trainer
    config: DictConfig
    ckpt_foldername: str
    ckpt_prefix: str
    models_foldername: str
    pth_filepath: str
    git_repo: Any
    last_read: Json

    def _get_vcs_fields(self) -> Json: ...


class Configuration(Protocol):
    """MMF's, which reads the config of a run. `_user_config` is what `config=FILE` holds."""

    _user_config: DictConfig

    def get_config(self) -> DictConfig: ...
    def import_user_dir(self) -> None: ...


class Split(Protocol):
    """One split of a data set of MMF."""

    dataset_name: str
    dataset_type: str

    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Any: ...
