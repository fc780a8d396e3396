"""Where a training is, beyond weights, optimizer and counts: with it a run goes on as if it had never stopped.

The trainer is MMF's, with these attributes besides its own: `seed`; `position`, how many samples of all processes the
epoch has behind it; `history`, a record of each logged step and each validation; `random_states` of all processes as
of the last step; and `left_off`, what a checkpoint has of all this.
"""

import json
from pathlib import Path
from typing import Any

import torch

from mmf_mixer.files import write_text
from mmf_mixer.protocols import Json, Trainer
from mmf_mixer.training.resume.randomness import seed_of, set_random_state

HISTORY = "history.jsonl"
Progress = Json


def progress_of(trainer: Trainer) -> Progress:
    """What a checkpoint keeps of it."""
    return {
        "seed": trainer.seed,
        "position": trainer.position,
        "history": trainer.history,
        "random_states": trainer.random_states,
        "lr_scheduler": scheduler_state(trainer.lr_scheduler) if trainer.lr_scheduler else None,
    }


def go_on(trainer: Trainer, rank: int) -> None:
    """Put the trainer, its scheduler and all random generators where the checkpoint `trainer.left_off` was."""
    progress = trainer.left_off["progress"]
    trainer.position, trainer.history = progress["position"], list(progress["history"])
    if trainer.lr_scheduler and progress["lr_scheduler"]:
        trainer.lr_scheduler.load_state_dict(trainer.lr_scheduler.state_dict() | progress["lr_scheduler"])
        for group, then in zip(trainer.optimizer.param_groups, trainer.left_off["param_groups"], strict=True):
            group.update({name: value for name, value in then.items() if name != "params"})
    if rank < len(progress["random_states"]):
        set_random_state(progress["random_states"][rank])
    else:  # there were fewer processes then
        torch.manual_seed(seed_of(trainer.seed, trainer.num_updates, rank))


def scheduler_state(scheduler: Any) -> Json:
    """The numbers in a scheduler's state; MMF's own schedulers also have a function and the whole config there."""
    return {name: value for name, value in scheduler.state_dict().items() if _is_plain(value)}


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value)) and any(item is not None for item in value)
    return value is None or isinstance(value, bool | int | float)


def is_validated(trainer: Trainer) -> bool:
    """Whether the validation after the last update is done."""
    return any(record["update"] == trainer.num_updates and record["split"] == "val" for record in trainer.history[-1:])


def record(trainer: Trainer, split: str, values: dict[str, float]) -> None:
    """Add losses and metrics after the last update to the history."""
    place = {"update": trainer.num_updates, "epoch": trainer.current_epoch, "split": split}
    trainer.history.append(place | {name: float(value) for name, value in values.items()})


def write_history(folder: Path, history: list[Json]) -> None:
    """Write it to `history.jsonl`, one record per line."""
    write_text(folder / HISTORY, "".join(json.dumps(entry) + "\n" for entry in history))
