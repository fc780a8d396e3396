"""Prediction: one row for each sample, in order, from a model that was trained."""

import warnings
from functools import wraps
from types import ModuleType
from typing import Any

from mmf_mixer.compat.mending import mend
from mmf_mixer.errors import InputError
from mmf_mixer.processes import all_gather, is_main_process
from mmf_mixer.protocols import Trainer
from mmf_mixer.training.distributed.shares import OwnShare, in_split_order


@mend("mmf_cli.predict")
def options_of_predict(module: ModuleType) -> bool:
    """`mmf_cli.predict.predict(opts=...)` does not pass its options on."""
    stock = module.predict

    @wraps(stock)
    def predict(opts: list[str] | None = None) -> None:
        if opts is None:
            stock()
        else:
            module.run(opts=[*opts, "evaluation.predict=true"], predict=True)

    module.predict = predict  # type: ignore[attr-defined]
    return True


def refuse_untrained(trainer: Trainer) -> None:
    """Say that `trainer` is about to evaluate initial weights; MMF does so without a word.

    Raises:
        InputError: checkpoint.resume asks for trained ones, and there are none.
    """
    if trainer.num_updates > 0 or hasattr(trainer, "weights_from"):
        return
    if trainer.config.checkpoint.resume:
        raise InputError(
            f"There is no checkpoint in {trainer.config.env.save_dir} to predict with: train first with this "
            "env.save_dir, or name a checkpoint with checkpoint.resume_file."
        )
    warnings.warn(
        "The model is not trained and no checkpoint was asked for (checkpoint.resume=true or "
        "checkpoint.resume_file=...): these results are of its initial weights.",
        stacklevel=3,
    )


@mend("mmf.common.test_reporter")
def rows_of_all_processes(module: ModuleType) -> bool:
    """Under torchrun MMF pads the split, so that some samples get two rows, and orders rows by process."""
    reporter = module.TestReporter
    if hasattr(reporter, "postprocess_dataset_report"):  # the source release ends each dataset there, in all processes
        joining = "postprocess_dataset_report"
    else:
        joining = "flush_report"
        module.DistributedSampler = OwnShare  # type: ignore[attr-defined]
        module.is_master = lambda: True  # type: ignore[attr-defined]  # each process makes the rows of its own share
    stock = getattr(reporter, joining)

    @wraps(stock)
    def join(self: Any) -> None:
        self.report = in_split_order(all_gather(self.report))
        if joining == "postprocess_dataset_report" or is_main_process():
            stock(self)
        else:
            self.report = []

    setattr(reporter, joining, join)
    return True
