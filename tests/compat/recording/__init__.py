"""A folder for `env.user_dir`: with it `training.trainer=recorded` writes what each process of a run did.

`recorded<R>.json` in `env.save_dir` has the logged loss of each update (rank 0's), the validation metrics, and the
files under `env.save_dir` that process R opened for writing, renamed or removed. With KILL=R:U:ONCE in the
environment process R kills itself after update U, unless the file ONCE says that it has done so before.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch
from mmf.common.registry import registry

from mmf_mixer.releases import is_package_release
from tests.compat import tiny  # noqa: F401  (registers its model and data set)
from tests.store import small  # noqa: F401  (registers its encoders)

assert is_package_release(), "the source release has another trainer"
written: list[str] = []


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Keep the names of files that are opened to be written, renamed or removed."""
    if event == "open" and isinstance(arguments[0], str) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
        written.append(arguments[0])
    elif event in ("os.rename", "os.remove"):
        written.extend(str(name) for name in arguments[:2] if isinstance(name, str | os.PathLike))


def save(what: Any, file: Any, *arguments: Any, **options: Any) -> None:
    """`torch.save`, whose files Python does not hear of."""
    written.append(str(file))
    stock_save(what, file, *arguments, **options)


sys.addaudithook(watch)
stock_save, torch.save = torch.save, save


@registry.register_trainer("recorded")
class RecordedTrainer(registry.get_trainer_class("base_trainer")):
    """The stock trainer, and a record of it."""

    def train(self) -> None:
        self.losses: list[float] = []
        super().train()
        folder = Path(self.config.env.save_dir)
        files = [Path(name).relative_to(folder) for name in written if Path(name).is_relative_to(folder)]
        metrics = registry.get(f"metrics.{self.config.datasets}.val")
        found = {
            "losses": self.losses,
            "updates": self.num_updates,
            "metrics": {name: float(value) for name, value in metrics.items()},
            "files": sorted(set(map(str, files))),
        }
        (folder / f"recorded{self.config.distributed.rank}.json").write_text(json.dumps(found))

    def _logistics(self, report: Any) -> Any:
        stop = super()._logistics(report)
        self.losses.append(registry.get("train/total_loss"))
        rank, update, once = os.environ.get("KILL", "-1:0:").split(":", 2)
        if (int(rank), int(update)) == (self.config.distributed.rank, self.num_updates) and not os.path.exists(once):
            Path(once).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return stop
