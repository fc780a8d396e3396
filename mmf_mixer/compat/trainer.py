"""MMF's training loop, its early stopping, and the order of its data."""

import math
from functools import wraps
from types import ModuleType
from typing import Any

import torch
import torch.distributed as dist

from mmf_mixer.compat.mending import mend
from mmf_mixer.compat.shares import OwnShare
from mmf_mixer.errors import InputError


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
        stop = False
        while self.num_updates < self.max_updates and not stop:
            stop = _train_epoch(self)
        self.finalize()

    module.BaseTrainer.train = train
    return True


def _planned_updates(trainer: Any) -> int:
    """The number of updates after which training ends; epochs, where given, decide before updates."""
    epochs, updates = trainer.max_epochs, trainer.max_updates
    if epochs is None and updates is None:
        raise InputError("Training has no end: set training.max_updates or training.max_epochs.")
    return int(updates) if epochs is None else math.ceil(epochs * sum(map(len, trainer.train_loader.loaders)))


def _train_epoch(trainer: Any) -> bool:
    """Go through the training split once, or until the last update; True when training is to stop early.

    Raises `InputError` for a split that gives no batch.
    """
    from mmf.common.registry import registry

    trainer.current_epoch += 1
    registry.register("current_epoch", trainer.current_epoch)
    trainer.dataset_loader.seed_sampler("train", trainer.current_epoch)
    before = trainer.num_updates
    for batch in trainer.train_loader:
        trainer.profile("Batch load time")
        trainer.current_iteration += 1
        report = trainer._forward_pass(batch)
        trainer._backward(trainer._extract_loss(report))
        if trainer._logistics(report):
            return True
        if trainer.num_updates >= trainer.max_updates:
            return False
    if trainer.num_updates == before:
        raise InputError(f"The training split of {trainer.config.datasets} gave no batch: it is empty.")
    return False


@mend("mmf.utils.early_stopping")
def early_stopping_resumes(module: ModuleType) -> bool:
    """A resumed run forgets at which update its best result was, takes it for update 0, and stops at once."""
    stock = module.EarlyStopping.init_from_checkpoint

    @wraps(stock)
    def init_from_checkpoint(self: Any, load: Any) -> None:
        reset = self.checkpoint.config.checkpoint.reset
        if reset.all or reset.counts:  # the counts start again, and so does the search for the best
            return
        stock(self, load)
        self.best_monitored_update = load.get("best_update", self.best_monitored_update)

    module.EarlyStopping.init_from_checkpoint = init_from_checkpoint
    return True


@mend("mmf.utils.early_stopping")
def early_stopping_in_company(module: ModuleType) -> bool:
    """On an early stop rank 0 restores the best weights, and waits for ever for the others to do so too."""
    stock = module.EarlyStopping.__call__

    @wraps(stock)
    def __call__(self: Any, update: int, iteration: int, meter: Any) -> bool:
        # The trainer restores the best weights in every process when training ends, so nothing need be done here.
        stops, was_activated = self.should_stop, self.activated
        self.should_stop = self.activated = False
        try:
            stock(self, update, iteration, meter)
            return bool(stops and self.activated)
        finally:
            self.should_stop, self.activated = stops, self.activated or was_activated

    module.EarlyStopping.__call__ = __call__
    return True


@mend("mmf.utils.build")
def evaluation_in_order(module: ModuleType) -> bool:
    """MMF shuffles the validation split, and under torchrun repeats some samples of every split."""
    stock = module._add_extra_args_for_dataloader

    @wraps(stock)
    def _add_extra_args_for_dataloader(dataset_instance: Any, other_args: Any = None) -> Any:
        arguments = stock(dataset_instance, other_args)
        if dataset_instance.dataset_type == "train":
            return arguments
        if "shuffle" in arguments:
            arguments["shuffle"] = False
        elif dist.is_initialized():
            arguments["sampler"] = OwnShare(dataset_instance)
        return arguments

    module._add_extra_args_for_dataloader = _add_extra_args_for_dataloader  # type: ignore[attr-defined]
    return True


@mend("mmf.utils.build")
def persistent_workers(module: ModuleType) -> bool:
    """A stray comma in the source release makes `persistent_workers: false` true."""
    if "persistent_workers" not in module.build_dataloader_and_sampler.__code__.co_consts:
        return False
    stock = module._add_extra_args_for_dataloader

    @wraps(stock)
    def _add_extra_args_for_dataloader(dataset_instance: Any, other_args: Any = None) -> Any:
        arguments = stock(dataset_instance, other_args)
        if isinstance(arguments["persistent_workers"], tuple):
            (arguments["persistent_workers"],) = arguments["persistent_workers"]
        return arguments

    module._add_extra_args_for_dataloader = _add_extra_args_for_dataloader  # type: ignore[attr-defined]
    return True
