"""The trainer of MMF's package release with what ours gains: its methods stand in the order in which a run calls them.

It trains to the number of updates or epochs that is asked for, by the mean gradient of several batches if told to, goes
on exactly where it was killed, and shares its work between processes.
"""

import gc
import math
from collections.abc import Iterable, Sequence
from functools import cached_property, partial
from types import SimpleNamespace
from typing import Any, cast

import torch
from mmf.common.registry import registry
from mmf.trainers.base_trainer import BaseTrainer
from mmf.utils.distributed import broadcast_scalar
from mmf.utils.general import clip_gradients, print_model_parameters
from mmf.utils.timer import Timer
from omegaconf import OmegaConf
from torch import nn

from mmf_mixer.errors import InputError
from mmf_mixer.grouped import grouped
from mmf_mixer.processes import all_gather, rank
from mmf_mixer.protocols import Batch, Json, Report
from mmf_mixer.training import xla
from mmf_mixer.training.batches import joined, readable_samples, refuse_no_number, weights_of
from mmf_mixer.training.calibration import calibrated
from mmf_mixer.training.distributed.batches import gradients_stay_here, samples_of_all, weigh_share
from mmf_mixer.training.distributed.prediction import refuse_untrained
from mmf_mixer.training.distributed.processes import join_gradients, needs_no_gpu, stay_on_cpu
from mmf_mixer.training.distributed.shares import in_shares
from mmf_mixer.training.evaluation import final_evaluation
from mmf_mixer.training.order.loaders import run_seed
from mmf_mixer.training.precision import in_full
from mmf_mixer.training.resume.identity import run_identity
from mmf_mixer.training.resume.progress import go_on, is_validated, record
from mmf_mixer.training.resume.randomness import RandomState, random_state
from mmf_mixer.training.time_spent import TimeSpent


@registry.register_trainer("base_trainer")
class Trainer(BaseTrainer):  # type: ignore[misc]  # MMF has no types
    """MMF's own trainer, where a method here does not say otherwise."""

    # What a run begins with.

    def _set_device(self) -> None:
        if needs_no_gpu(self.config):
            stay_on_cpu(self)
        else:
            super()._set_device()
        if self.on_xla:
            self.device = xla.all_xla_devices()
            registry.register("current_device", self.device)

    @cached_property
    def on_xla(self) -> bool:
        """Whether `training.device` asks for TPUs, which MMF's package release does not know."""
        return bool(self.config.training.device == "xla")

    @cached_property
    def plain(self) -> SimpleNamespace:
        """What each update asks of the config, by the same names: OmegaConf takes half a millisecond for an answer."""
        training = self.config.training
        names = ("batch_size", "max_grad_l2_norm", "clip_norm_mode")
        return SimpleNamespace(training=SimpleNamespace(**{name: training[name] for name in names}))

    @cached_property
    def config_resolved(self) -> Json:
        """The whole config as plain data, which each checkpoint holds; to resolve it takes a while."""
        return cast(Json, OmegaConf.to_container(self.config, resolve=True))

    def load_model_and_optimizer(self) -> None:
        super().load_model_and_optimizer()
        if self.on_xla:
            xla.run_each_step(self.optimizer)
            xla.save_as_on_cpu(self.model, self.optimizer)

    def load_extras(self) -> None:
        self.seed, self.position = run_seed(), 0
        self.history: list[Json] = []
        self.random_states: list[RandomState] = []
        self.left_off = self.saved_at = None
        self.identity = run_identity(self.config, self.model)
        self.time = TimeSpent()
        super().load_extras()  # reads the checkpoint, from which Checkpoint._load fills `left_off`
        self.checkpoint.save = self.time.part("saving")(self.checkpoint.save)

    def parallelize_model(self) -> None:
        super().parallelize_model()
        if needs_no_gpu(self.config):
            join_gradients(self)

    # Training.

    def train(self) -> None:
        self.writer.write(f"===== Model =====\n{self.model}")
        print_model_parameters(self.model)
        if "train" not in self.run_type:
            self.inference()
            return
        self.max_updates = self._planned_updates()
        torch.autograd.set_detect_anomaly(bool(self.training_config.get("detect_anomaly", False)))
        self.clipped = self._clipped_together()
        self.train_timer, self.snapshot_timer = Timer(), Timer()
        self.model.train()
        self.writer.write("Starting training...")
        gc.freeze()  # each validation collects garbage, and need not look at what is there by now
        try:
            stop = self._go_on()
            while self.num_updates < self.max_updates and not stop:
                stop = self._train_epoch()
            self.finalize()
        finally:
            gc.unfreeze()

    def _planned_updates(self) -> int:
        """The number of updates after which training ends; epochs, where given, decide before updates."""
        if self.max_epochs is None and self.max_updates is None:
            raise InputError("Training has no end: set training.max_updates or training.max_epochs.")
        if self.max_epochs is None:
            return int(self.max_updates)
        batches = sum(map(len, self.train_loader.loaders))
        planned: int = math.ceil(self.max_epochs * math.ceil(batches / self._update_frequency()))
        return planned

    def _clipped_together(self) -> nn.Module:
        """What MMF is told to clip the gradients of: looking for the trained weights among all takes time."""
        if self.training_config.clip_norm_mode != "all":
            return cast(nn.Module, self.model)
        return nn.ParameterList(weight for weight in self.model.parameters() if weight.requires_grad)

    def _update_frequency(self) -> int:
        frequency = self.training_config.get("update_frequency", 1)
        if not isinstance(frequency, int) or frequency < 1:
            raise InputError(f"training.update_frequency is a number of batches, at least 1, not {frequency!r}.")
        return frequency

    def _go_on(self) -> bool:
        """Go on from a checkpoint, if one was loaded; True if training had stopped early there."""
        if self.left_off is None:
            return False
        go_on(self, rank())
        stopping = self.early_stopping
        patience_ends = stopping.best_monitored_update + stopping.patience
        return bool(stopping.should_stop and is_validated(self) and self.num_updates > patience_ends)

    def _train_epoch(self) -> bool:
        """Go through what is left of the epoch, or until the last update; True when training is to stop early.

        Raises `InputError` for a split that gives no batch.
        """
        begun = self.position > 0
        self.current_epoch += not begun
        registry.register("current_epoch", self.current_epoch)
        self.dataset_loader.seed_sampler("train", self.current_epoch)
        if self.train_dataset.num_datasets == 1:  # of several, a resumed epoch begins again
            self.train_dataset.samplers[0].set_epoch(self.current_epoch, done=self.position)
        for batches in self.time.getting("data", grouped(self.train_loader, self._update_frequency())):
            self.profile("Batch load time")
            begun = True
            report = self._update(batches)
            self.position += len(batches) * self.plain.training.batch_size
            if self._logistics(report):
                return True
            if self.num_updates >= self.max_updates:
                return False
        if not begun:
            raise InputError(f"The training split of {self.config.datasets} gave no batch: it is empty.")
        self.position = 0
        return False

    def _update(self, batches: Sequence[Batch]) -> Report:
        """One step of the optimizer, by the mean gradient over the samples of all these batches; returns their
        report."""
        self.optimizer.zero_grad()
        reports: list[Report] = []
        weights = weights_of(samples_of_all([readable_samples(batch) for batch in batches]))
        for batch, weight in zip(batches, weights, strict=True):
            self.current_iteration += 1
            with gradients_stay_here(self.model, until_last=len(reports) < len(batches) - 1):
                with self.time.part("forward"):
                    report = self._forward_pass(batch)
                    loss = self._extract_loss(report)
                    refuse_no_number(loss, report, self.train_dataset.current_dataset, self.num_updates + 1)
                with self.time.part("backward"):
                    (loss * weight).backward()
            reports.append(report)
        with self.time.part("optimiser"):
            if self.should_clip_gradients:
                clip_gradients(self.clipped, self.num_updates, self.tb_writer, self.plain)
            self.optimizer.step()
            self._run_scheduler()
        self.num_updates += 1
        self.profile("Backward time")
        return joined(reports, weights, self.metrics.required_params)

    def _forward_pass(self, batch: Batch) -> Report:
        bf16 = bool(self.training_config.get("bf16", False))
        with torch.autocast(self.device.type, torch.bfloat16, enabled=bf16):
            report: Report = super()._forward_pass(xla.split(batch, self.device) if self.on_xla else batch)
            weigh_share(report)
        if bf16:
            report.update(in_full(report))
        if self.on_xla and not self.model.training:  # metrics are computed on the CPU
            report.update({name: value.cpu() for name, value in report.items() if isinstance(value, torch.Tensor)})
        return report

    # After each update: a line of the log, validation, and then a checkpoint.

    def _try_snapshot(self) -> None:
        """Once the update is validated, if that is due: a run killed in between would never validate it."""

    def _try_full_validation(self, force: bool = False) -> bool:
        if self.num_updates % self.log_interval == 0 and not force:
            record(self, "train", {"train/total_loss": registry.get("train/total_loss")})
        validates = (force or self.num_updates % self.evaluation_interval == 0) and not is_validated(self)
        with self.time.part("validation"):
            stop = validates and self._validate()
        snapshot = self.num_updates % self.checkpoint_interval == 0 and not validates
        if snapshot:
            self._remember_random_states()
        if snapshot or (validates and self.saved_at != self.num_updates):  # early stopping saves while it is patient
            self.checkpoint.save(self.num_updates, self.current_iteration, update_best=False)
        return stop

    def _validate(self) -> bool:
        """Go through the validation split and keep the weights if they are the best; True when training is to stop."""
        self.snapshot_timer.reset()
        self.writer.write("Evaluation time. Running on full validation set...")
        _, meter = self.evaluate(self.val_loader)
        record(self, "val", {name: value.global_avg for name, value in meter.meters.items()})
        self._remember_random_states()
        stop = self.early_stopping(self.num_updates, self.current_iteration, meter)
        stop = bool(broadcast_scalar(stop, src=0, device=self.device))
        extra = {
            "num_updates": self.num_updates,
            "epoch": self.current_epoch,
            "iterations": self.current_iteration,
            "max_updates": self.max_updates,
            "val_time": self.snapshot_timer.get_time_since_start(),
        }
        self._summarize_report(meter, extra=extra | self.early_stopping.get_info())
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        if stop:
            self.writer.write("Early stopping activated")
        self.train_timer.reset()
        return stop

    def _remember_random_states(self) -> None:
        self.random_states = all_gather(random_state())

    def finalize(self) -> None:
        super().finalize()
        self.writer.write(f"Time: {self.time}")

    # Evaluation and prediction, each process of its own share.

    def evaluate(self, loader: Iterable[Batch], *args: object, **kwargs: object) -> Any:
        evaluate = super().evaluate

        def loop() -> Any:
            return evaluate(calibrated(self, loader) if loader is self.val_loader else loader, *args, **kwargs)

        return in_shares(self, loop)

    def inference(self) -> None:
        refuse_untrained(self)
        with final_evaluation(), self.time.part("evaluation"):
            super().inference()

    def predict(self, *args: object, **kwargs: object) -> Any:
        return in_shares(self, partial(super().predict, *args, **kwargs))
