"""One row of a comparison: an ordinary MMF training in a process of its own, and what came of it.

A training whose `run_type` tests leaves `scores.safetensors` and, for several modalities, `usage.json` and
`additive.safetensors`; the trials of a tuning do not test, and leave nothing but their outcome. `outcome.json` is
written last: with it, the row is done.
"""

import resource
import shutil
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any, TypedDict

import torch

import mmf_mixer  # noqa: F401  # mends MMF and registers the plugin before MMF is used below
from mmf_mixer.benchmark.processes import end_with_parent, jobs_beside
from mmf_mixer.benchmark.scores import ADDITIVE, SCORES, Scores, write_scores
from mmf_mixer.data.clip import UNREADABLE
from mmf_mixer.files import write_json

OUTCOME = "outcome.json"
WARM_UP, TIMED = 2, 9  # training steps


class Criterion(TypedDict):
    """The best value of `training.early_stop.criteria`, which is of the validation split."""

    name: str
    value: float
    minimize: bool


class Outcome(TypedDict, total=False):
    """What a training gave. Metrics are those of the test split; `peak_mb` is resident (or device) memory; `jobs` is
    how many trainings there were at once, which all times hang on; `weights` are those of late fusion, of each member
    for each label group."""

    metrics: dict[str, float]
    validation: dict[str, float]
    criterion: Criterion
    params: int
    train_seconds: float
    ms_per_step: float
    jobs: int
    peak_mb: float
    weights: dict[str, list[float]]


def run_row(folder: Path, options: list[str]) -> Outcome:
    """Train as `mmf_run` does with these options, in `folder`, and measure what came of it.

    With run_type=val_test nothing is trained, and steps take no time.
    """
    from mmf.common.registry import registry
    from mmf_cli.run import run

    start = time.perf_counter()
    run([*options, f"env.save_dir={folder}"])
    seconds = time.perf_counter() - start
    trainer = registry.get("trainer")
    dataset, run_type = str(trainer.config.datasets), str(trainer.config.run_type)
    outcome = Outcome(
        validation=_metrics(registry, dataset, "val"),
        params=sum(parameter.numel() for parameter in trainer.model.parameters() if parameter.requires_grad),
        train_seconds=round(seconds, 1),
        peak_mb=round(_peak_mb(), 1),
        jobs=jobs_beside(),
    )
    if "train" in run_type:
        stopping = trainer.early_stopping
        name, value = stopping.early_stop_criteria, float(stopping.best_monitored_value)
        outcome["criterion"] = Criterion(name=name, value=value, minimize=stopping.minimize)
    if "test" not in run_type:
        return outcome
    outcome["metrics"] = _metrics(registry, dataset, "test")
    splits = {split: scores_of(trainer, getattr(trainer, f"{split}_loader")) for split in ("val", "test")}
    write_scores(folder / SCORES, splits)
    if len(getattr(trainer.model, "encoders", ())) > 1:
        _write_use(trainer, folder, splits["test"])
    outcome["ms_per_step"] = round(1000 * step_seconds(trainer), 2) if "train" in run_type else 0.0  # changes weights
    return outcome


@torch.no_grad()
def scores_of(trainer: Any, loader: Iterable[Any]) -> Scores:
    """What the trainer's model, with its best weights by now, says of the clips of a split."""
    trainer.model.eval()
    parts = []
    for raw in loader:
        batch = raw.to(trainer.device)
        parts.append([trainer.model(batch)["scores"].float(), batch["targets"], batch["clip_index"]])
    scores, targets, index = (torch.cat(part).cpu() for part in zip(*parts, strict=True))
    readable = targets[:, 0] != UNREADABLE
    return Scores(scores[readable].numpy(), targets[readable].byte().numpy(), index[readable].numpy())


def step_seconds(trainer: Any) -> float:
    """Median seconds of one training step (forward, backward, optimiser) on a batch that is already there."""
    batch = next(iter(trainer.train_loader)).to(trainer.device)
    trainer.model.train()
    durations = []
    for _ in range(WARM_UP + TIMED):
        start = time.perf_counter()
        losses = trainer.model(batch)["losses"]
        trainer.optimizer.zero_grad()
        sum(loss.mean() for loss in losses.values()).backward()
        trainer.optimizer.step()
        if trainer.device.type == "cuda":
            torch.cuda.synchronize()
        durations.append(time.perf_counter() - start)
    return median(durations[WARM_UP:])


def _metrics(registry: Any, dataset: str, split: str) -> dict[str, float]:
    """The last values that MMF's metrics had on a split, by their short names."""
    values = registry.get(f"metrics.{dataset}.{split}")
    return {name.rpartition("/")[2]: float(value) for name, value in values.items()}


def _peak_mb() -> float:
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _write_use(trainer: Any, folder: Path, test: Scores) -> None:
    """What the modalities are to the row, and the scores that it would have if it only added them up."""
    from mmf_mixer.interpret.additive import additive_scores
    from mmf_mixer.interpret.run import run_of
    from mmf_mixer.interpret.usage import modality_usage

    run = run_of(trainer)
    modality_usage(run).write(folder)
    scores, index = additive_scores(run)
    write_scores(folder / ADDITIVE, {"test": Scores(scores, test.at(index.numpy()).targets, index.numpy())})


def _tidy(folder: Path, tested: bool) -> None:
    """Remove the weights that nobody will load: all of a trial, and but the best of a row."""
    for path in (folder / "models", folder / "current.ckpt", *(() if tested else (folder / "best.ckpt",))):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    if not tested:
        for path in folder.glob("*_final.pth"):
            path.unlink()


def finish(folder: Path, key: str, outcome: Outcome) -> None:
    """Write what came of a row, with the key of what determined it."""
    write_json(folder / OUTCOME, {"key": key, **outcome})


def main(folder: Path, key: str, options: list[str]) -> None:
    """Run a row and leave its outcome in `folder`."""
    outcome = run_row(folder, options)
    _tidy(folder, tested="metrics" in outcome)
    finish(folder, key, outcome)


if __name__ == "__main__":
    end_with_parent()
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
