"""One row of a comparison: an ordinary MMF training in a process of its own, and what came of it."""

import resource
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any, TypedDict

import torch

import mmf_mixer  # noqa: F401  # mends MMF and registers the plugin before MMF is used below
from mmf_mixer.files import write_json

WARM_UP, TIMED = 3, 20  # training steps


class Outcome(TypedDict):
    """What a training gave. Metrics are those of the test split; `peak_mb` is resident (or device) memory."""

    metrics: dict[str, float]
    validation: dict[str, float]
    params: int
    train_seconds: float
    ms_per_step: float
    peak_mb: float


def train(options: list[str]) -> Outcome:
    """Train, validate and test as `mmf_run` does with these options, then time some more training steps."""
    from mmf.common.registry import registry
    from mmf_cli.run import run

    start = time.perf_counter()
    run(options)
    seconds = time.perf_counter() - start
    trainer = registry.get("trainer")
    dataset = str(trainer.config.datasets)
    model = trainer.model
    return Outcome(
        metrics=_metrics(registry, dataset, "test"),
        validation=_metrics(registry, dataset, "val"),
        params=sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad),
        train_seconds=round(seconds, 1),
        peak_mb=round(_peak_mb(), 1),
        ms_per_step=round(1000 * step_seconds(trainer), 2),
    )


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


if __name__ == "__main__":
    out, *run_options = sys.argv[1:]
    write_json(Path(out), train(run_options))
