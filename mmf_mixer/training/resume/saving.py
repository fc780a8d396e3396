"""How MMF writes its files: checkpoints, the final weights, the config, predictions; each whole or not at all."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from omegaconf import OmegaConf

from mmf_mixer.compat.mending import mend
from mmf_mixer.files import link, replacing, write_text
from mmf_mixer.processes import is_main_process
from mmf_mixer.protocols import Checkpoint, Json
from mmf_mixer.releases import is_package_release
from mmf_mixer.training.resume.checkpoints import prune, write_checkpoint, write_tensors
from mmf_mixer.training.resume.progress import progress_of, write_history


@mend("mmf.utils.checkpoint")
def checkpoints_whole_or_not_at_all(module: ModuleType) -> bool:
    """The package release writes each checkpoint over the last one, thrice, and without what an exact resume needs."""
    if not is_package_release():
        return False

    stock = module.Checkpoint.save

    @wraps(stock)
    def save(self: Checkpoint, update: int, iteration: int | None = None, update_best: bool = False) -> None:
        if not hasattr(self.trainer, "identity"):  # a trainer of somebody else's
            stock(self, update, iteration, update_best)
            return
        self.trainer.saved_at = update
        if not is_main_process():
            return
        folder, name = Path(self.ckpt_foldername), f"{self.ckpt_prefix}{{}}.ckpt".format
        file = Path(self.models_foldername) / f"model_{update}.ckpt"
        write_checkpoint(file, checkpoint_content(self, update, iteration or update))
        if update_best:  # before current.ckpt says that it is the best one
            link(file, folder / name("best"))
        write_history(folder, self.trainer.history)
        link(file, folder / name("current"))
        prune(file.parent, update, self.config.checkpoint.get("max_to_keep", -1))

    def finalize(self: Checkpoint) -> None:
        if is_main_process():
            model = self.trainer.model
            write_tensors(Path(self.pth_filepath), getattr(model, "module", model).state_dict())

    module.Checkpoint.save, module.Checkpoint.finalize = save, finalize
    return True


def checkpoint_content(checkpoint: Checkpoint, update: int, iteration: int) -> Json:
    """What MMF puts into a checkpoint, what the run is made from, and where it is."""
    trainer, stopping = checkpoint.trainer, checkpoint.trainer.early_stopping
    return {
        "model": getattr(trainer.model, "module", trainer.model).state_dict(),
        "optimizer": trainer.optimizer.state_dict(),
        "best_iteration": stopping.best_monitored_iteration,
        "current_iteration": iteration,
        "current_epoch": trainer.current_epoch,
        "num_updates": update,
        "best_update": stopping.best_monitored_update,
        "best_metric_value": stopping.best_monitored_value,
        "config": trainer.config_resolved,
        "identity": trainer.identity,
        "progress": progress_of(trainer),
        **(checkpoint._get_vcs_fields() if checkpoint.git_repo else {}),
    }


@mend("mmf.utils.checkpoint")
def source_checkpoints_whole_or_not_at_all(module: ModuleType) -> bool:
    """The source release writes each checkpoint over the last one, which is lost if it is killed meanwhile."""
    if is_package_release():
        return False

    @contextmanager
    def open_if_main(path: str, mode: str) -> Iterator[IO[Any]]:
        if not is_main_process():
            with open(os.devnull, mode) as nowhere:
                yield nowhere
            return
        with replacing(Path(path)) as scratch, scratch.open(mode) as file:
            yield file

    module.open_if_main = open_if_main  # type: ignore[attr-defined]
    return True


@mend("mmf.utils.checkpoint")
def config_whole_or_not_at_all(module: ModuleType) -> bool:
    """MMF writes config.yaml over that of an earlier run, in all processes at once."""

    def save_config(self: Checkpoint) -> None:
        if is_main_process():
            write_text(Path(self.ckpt_foldername) / "config.yaml", OmegaConf.to_yaml(self.config, resolve=True))

    module.Checkpoint.save_config = save_config
    return True


@mend("mmf.common.test_reporter")
def predictions_whole_or_not_at_all(module: ModuleType) -> bool:
    """A prediction that is killed while it writes its rows leaves a file that looks like one."""
    if not is_package_release():
        return False

    def whole(stock: Callable[[object, str], None]) -> Callable[[object, str], None]:
        @wraps(stock)
        def dump(self: object, filepath: str) -> None:
            with replacing(Path(filepath)) as scratch:
                stock(self, str(scratch))

        return dump

    reporter = module.TestReporter
    reporter.json_dump, reporter.csv_dump = whole(reporter.json_dump), whole(reporter.csv_dump)
    return True
