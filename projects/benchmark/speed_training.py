"""What part of a training from the feature store is the model's own, as ratios measured in one run:
`python projects/benchmark/speed_training.py DATA STORE`, the folders that `mmf_mixer synthesize` and `extract` wrote.

The model's own: forward, backward, clipping and the optimiser, on batches that are ready. One thread.
"""

import tempfile
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

from mmf.common.registry import registry
from mmf_cli.run import run
from parts import data_and_store, sample_options
from timing import one_thread, ratio, rounds
from torch.nn.utils import clip_grad_norm_

from mmf_mixer.memory import keep_freed_memory

MODELS = ("mmf_mixer", "concat_mlp")
REPEATS, NEVER = 7, 10**9  # epochs; an interval that no training reaches


def trainer_of(model: str, data: str, store: str, folder: str) -> Any:
    """MMF's trainer after one update of the sample set's config; it neither logs, validates nor saves from then on."""
    run(
        [
            *sample_options(model, data, store),
            f"env.save_dir={folder}",
            "run_type=train",
            "training.max_updates=1",
            *(f"training.{name}_interval={NEVER}" for name in ("log", "evaluation", "checkpoint")),
        ]
    )
    trainer = registry.get("trainer")
    trainer.max_updates = NEVER
    trainer.model.train()
    trainer.position = 0
    return trainer


def steps(trainer: Any, ready: list[Any]) -> None:
    """The model's own part of an epoch."""
    for batch in ready:
        trainer.optimizer.zero_grad()
        sum(loss.mean() for loss in trainer.model(batch)["losses"].values()).backward()
        clip_grad_norm_(trainer.clipped.parameters(), trainer.config.training.max_grad_l2_norm)
        trainer.optimizer.step()


def main(data: str, store: str, clock: Callable[[], float]) -> None:
    """Print a row for each model."""
    keep_freed_memory()  # as `mmf_mixer run` does
    print("| model | the model's own part | ms of an update |")
    print("| --- | ---: | ---: |")
    for model in MODELS:
        with tempfile.TemporaryDirectory() as folder:
            trainer = trainer_of(model, data, store, folder)
            ready = list(trainer.train_loader)
            own, whole = rounds(partial(steps, trainer, ready), trainer._train_epoch, repeats=REPEATS, clock=clock)
        print(f"| {model} | {ratio(own, whole)} | {1000 * median(whole) / len(ready):.1f} |", flush=True)


if __name__ == "__main__":
    main(*data_and_store(__doc__), one_thread("cpu"))
