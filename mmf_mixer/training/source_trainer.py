"""The trainer of MMF's source release with what ours gains: its methods stand in the order of a run."""

from collections.abc import Callable
from functools import partial
from typing import Any

from mmf.common.registry import registry
from mmf.trainers.mmf_trainer import MMFTrainer

from mmf_mixer.protocols import Batch, Report
from mmf_mixer.training.calibration import calibrated
from mmf_mixer.training.distributed.batches import weigh_share
from mmf_mixer.training.distributed.prediction import refuse_untrained
from mmf_mixer.training.distributed.processes import join_gradients, needs_no_gpu, stay_on_cpu
from mmf_mixer.training.distributed.shares import in_shares
from mmf_mixer.training.evaluation import final_evaluation


@registry.register_trainer("mmf")
class Trainer(MMFTrainer):  # type: ignore[misc]  # MMF has no types
    """MMF's own trainer, where a method here does not say otherwise."""

    @property
    def early_stopping(self) -> Any:
        """MMF's EarlyStopping, by the name that it has in the package release."""
        return self.early_stop_callback.early_stopping

    def configure_device(self) -> None:
        if needs_no_gpu(self.config):
            stay_on_cpu(self)
        else:
            super().configure_device()

    def load_datasets(self) -> None:
        super().load_datasets()
        self.dataset_loader.get_test_reporter = partial(self._test_reporter, self.dataset_loader.get_test_reporter)

    def _test_reporter(self, stock: Callable[[str], Any], dataset_type: str) -> Any:
        """MMF's reporter, which gives the evaluation its batches."""
        reporter = stock(dataset_type)
        if dataset_type == "val":
            get_dataloader = reporter.get_dataloader
            reporter.get_dataloader = lambda: calibrated(self, get_dataloader())
        return reporter

    def parallelize_model(self) -> None:
        super().parallelize_model()
        if needs_no_gpu(self.config):
            join_gradients(self)

    def _forward(self, batch: Batch) -> Report:
        report: Report = super()._forward(batch)
        weigh_share(report)
        return report

    def evaluation_loop(self, dataset_type: str, *args: object, **kwargs: object) -> Any:
        return in_shares(self, partial(super().evaluation_loop, dataset_type, *args, **kwargs))

    def inference(self) -> None:
        refuse_untrained(self)
        with final_evaluation():
            super().inference()

    def prediction_loop(self, *args: object, **kwargs: object) -> Any:
        return in_shares(self, partial(super().prediction_loop, *args, **kwargs))
