"""MMF's training loop: how it begins, goes on where it was killed, makes an update, validates, saves and ends."""

import gc
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from types import ModuleType
from typing import Any

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from mmf_mixer.compat.mending import mend
from mmf_mixer.compat.releases import is_package_release
from mmf_mixer.errors import InputError
from mmf_mixer.training.batches import grouped, readable_samples, refuse_no_number, weights_of
from mmf_mixer.training.calibration import calibrate
from mmf_mixer.training.distributed.processes import in_company
from mmf_mixer.training.distributed.shares import everyone
from mmf_mixer.training.order.loaders import run_seed
from mmf_mixer.training.resume.progress import go_on, is_validated, record
from mmf_mixer.training.resume.randomness import random_state


@mend("mmf.trainers.base_trainer")
def training_loop(module: ModuleType) -> bool:
    """The package release makes one update too many, crashes on max_epochs, miscounts epochs, traces all gradients."""
    if not hasattr(module.BaseTrainer, "_logistics"):
        return False

    @wraps(module.BaseTrainer.train)
    def train(self: Any) -> None:
        self.writer.write(f"===== Model =====\n{self.model}")
        module.print_model_parameters(self.model)
        if "train" not in self.run_type:
            self.inference()
            return
        self.max_updates = _planned_updates(self)
        torch.autograd.set_detect_anomaly(bool(self.training_config.get("detect_anomaly", False)))
        self.train_timer, self.snapshot_timer = module.Timer(), module.Timer()
        self.model.train()
        self.writer.write("Starting training...")
        stop = _begin(self)
        while self.num_updates < self.max_updates and not stop:
            stop = _train_epoch(self, module)
        self.finalize()

    module.BaseTrainer.train = train
    return True


@mend("mmf.trainers.base_trainer")
def exact_resume(module: ModuleType) -> bool:
    """A resumed run of the package release has other random numbers, another order of data, and a new scheduler."""
    if not is_package_release():
        return False
    from mmf_mixer.training.resume.identity import run_identity

    stock = module.BaseTrainer.load_extras

    @wraps(stock)
    def load_extras(self: Any) -> None:
        self.seed, self.position, self.history, self.random_states = run_seed(), 0, [], []
        self.left_off = self.saved_at = None
        self.identity = run_identity(self.config, self.model)
        stock(self)  # reads the checkpoint, from which Checkpoint._load fills `left_off`

    module.BaseTrainer.load_extras = load_extras
    return True


def _begin(trainer: Any) -> bool:
    """Go on from a checkpoint, if one was loaded; True if training had stopped early there."""
    if trainer.left_off is None:
        return False
    go_on(trainer, dist.get_rank() if in_company() else 0)
    stopping = trainer.early_stopping
    patience_ends = stopping.best_monitored_update + stopping.patience
    return bool(stopping.should_stop and is_validated(trainer) and trainer.num_updates > patience_ends)


def _planned_updates(trainer: Any) -> int:
    """The number of updates after which training ends; epochs, where given, decide before updates."""
    epochs, updates = trainer.max_epochs, trainer.max_updates
    if epochs is None and updates is None:
        raise InputError("Training has no end: set training.max_updates or training.max_epochs.")
    if epochs is None:
        return int(updates)
    batches = sum(map(len, trainer.train_loader.loaders))
    planned: int = math.ceil(epochs * math.ceil(batches / _update_frequency(trainer)))
    return planned


def _update_frequency(trainer: Any) -> int:
    frequency = trainer.training_config.get("update_frequency", 1)
    if not isinstance(frequency, int) or frequency < 1:
        raise InputError(f"training.update_frequency is a number of batches, at least 1, not {frequency!r}.")
    return frequency


def _train_epoch(trainer: Any, module: ModuleType) -> bool:
    """Go through what is left of the epoch, or until the last update; True when training is to stop early.

    Raises `InputError` for a split that gives no batch.
    """
    from mmf.common.registry import registry

    begun = trainer.position > 0
    trainer.current_epoch += not begun
    registry.register("current_epoch", trainer.current_epoch)
    trainer.dataset_loader.seed_sampler("train", trainer.current_epoch)
    if trainer.train_dataset.num_datasets == 1:  # of several, a resumed epoch begins again
        trainer.train_dataset.samplers[0].set_epoch(trainer.current_epoch, done=trainer.position)
    for batches in grouped(trainer.train_loader, _update_frequency(trainer)):
        trainer.profile("Batch load time")
        begun = True
        report = _update(trainer, batches, module)
        trainer.position += len(batches) * trainer.config.training.batch_size
        if trainer._logistics(report):
            return True
        if trainer.num_updates >= trainer.max_updates:
            return False
    if not begun:
        raise InputError(f"The training split of {trainer.config.datasets} gave no batch: it is empty.")
    trainer.position = 0
    return False


def _update(trainer: Any, batches: Sequence[Any], module: ModuleType) -> Any:
    """One step of the optimizer, by the mean gradient over the samples of all these batches; returns their report."""
    trainer.optimizer.zero_grad()
    reports: list[Any] = []
    weights = weights_of(_samples_of_all([readable_samples(batch) for batch in batches]))
    for batch, weight in zip(batches, weights, strict=True):
        trainer.current_iteration += 1
        with _gradients_stay_here(trainer.model, until_last=len(reports) < len(batches) - 1):
            report = trainer._forward_pass(batch)
            loss = trainer._extract_loss(report)
            refuse_no_number(loss, report, trainer.train_dataset.current_dataset, trainer.num_updates + 1)
            (loss * weight).backward()
        reports.append(report)
    if trainer.should_clip_gradients:
        module.clip_gradients(trainer.model, trainer.num_updates, trainer.tb_writer, trainer.config)
    trainer.optimizer.step()
    trainer._run_scheduler()
    trainer.num_updates += 1
    trainer.profile("Backward time")
    return _joined(trainer, reports, weights)


def _samples_of_all(counts: list[int]) -> list[int]:
    """How many samples each of some batches has in all processes together; one batch alone is all, whatever it has."""
    if not in_company() or len(counts) == 1:
        return counts
    return [sum(of_batch) for of_batch in zip(*everyone(counts), strict=True)]


@contextmanager
def _gradients_stay_here(model: Any, until_last: bool) -> Iterator[None]:
    if until_last and isinstance(model, DistributedDataParallel):
        with model.no_sync():
            yield
    else:
        yield


def _joined(trainer: Any, reports: Sequence[Any], weights: Sequence[float]) -> Any:
    """The report of one large batch from those of its parts, for logs and metrics."""
    whole = reports[0]
    if len(reports) > 1:
        names = whole.losses
        parts = list(zip(reports, weights, strict=True))
        whole.losses = {name: sum(part.losses[name].detach().mean() * by for part, by in parts) for name in names}
        for part in reports[1:]:
            whole.accumulate_tensor_fields(part, trainer.metrics.required_params)
            whole.batch_size += part.batch_size
    return whole


@mend("mmf.trainers.base_trainer")
def validated_and_then_saved(module: ModuleType) -> bool:
    """The package release saves before it validates, so that a run killed in between never validates that update."""
    if not is_package_release():
        return False

    def _try_snapshot(self: Any) -> None:
        """Once the update is validated, if that is due."""

    def _try_full_validation(self: Any, force: bool = False) -> bool:
        from mmf.common.registry import registry

        if self.num_updates % self.log_interval == 0 and not force:
            record(self, "train", {"train/total_loss": registry.get("train/total_loss")})
        validates = (force or self.num_updates % self.evaluation_interval == 0) and not is_validated(self)
        stop = validates and _validate(self)
        snapshot = self.num_updates % self.checkpoint_interval == 0 and not validates
        if snapshot:
            _remember_random_states(self)
        if snapshot or (validates and self.saved_at != self.num_updates):  # early stopping saves while it is patient
            self.checkpoint.save(self.num_updates, self.current_iteration, update_best=False)
        return stop

    module.BaseTrainer._try_snapshot = _try_snapshot
    module.BaseTrainer._try_full_validation = _try_full_validation
    return True


def _validate(trainer: Any) -> bool:
    """Go through the validation split and keep the weights if they are the best; True when training is to stop."""
    from mmf.utils.distributed import broadcast_scalar

    trainer.snapshot_timer.reset()
    trainer.writer.write("Evaluation time. Running on full validation set...")
    calibrate(trainer)
    _, meter = trainer.evaluate(trainer.val_loader)
    record(trainer, "val", {name: value.global_avg for name, value in meter.meters.items()})
    _remember_random_states(trainer)
    stop = trainer.early_stopping(trainer.num_updates, trainer.current_iteration, meter)
    stop = bool(broadcast_scalar(stop, src=0, device=trainer.device))
    extra = {
        "num_updates": trainer.num_updates,
        "epoch": trainer.current_epoch,
        "iterations": trainer.current_iteration,
        "max_updates": trainer.max_updates,
        "val_time": trainer.snapshot_timer.get_time_since_start(),
    }
    trainer._summarize_report(meter, extra=extra | trainer.early_stopping.get_info())
    gc.collect()
    if trainer.device.type == "cuda":
        torch.cuda.empty_cache()
    if stop:
        trainer.writer.write("Early stopping activated")
    trainer.train_timer.reset()
    return stop


def _remember_random_states(trainer: Any) -> None:
    trainer.random_states = everyone(random_state()) if in_company() else [random_state()]
