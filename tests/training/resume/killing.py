"""Trainings that are killed at points drawn at random, resumed, and compared bit by bit with uninterrupted ones."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import yaml

from tests.store import small

HERE = Path(__file__).resolve().parent
OWN = ("env", "checkpoint")  # sections of the config that are a run's own: where it writes, and whether it resumes

TRAINING: dict[str, Any] = {
    "training": {
        "max_updates": 9,
        "batch_size": 2,
        "evaluation_interval": 3,
        "checkpoint_interval": 2,
        "log_interval": 1,
        "lr_scheduler": True,
        "stdout_capture": False,
        "seed": 1,
    },
    "optimizer": {"type": "AdamW", "params": {"lr": 0.01}},
    "scheduler": {"type": "warmup_linear", "params": {"num_warmup_steps": 3, "num_training_steps": 12}},
    "run_type": "train_val",
}


def write_config(path: Path, data: Path) -> Path:
    """A training with all that is random in one: dropout, modality dropout, and frames that are shifted and flipped."""
    config: Any = yaml.safe_load(small.write_config(path, data).read_text()) | TRAINING
    config["model_config"]["mmf_mixer"] |= {"dropout": 0.1, "channels": 16}
    config["dataset_config"]["clips"]["modality_dropout"] = 0.3
    config["fusion"]["modalities"]["video"]["encoder"] = {"type": "small_trained"}
    config["dataset_config"]["clips"]["processors"]["video_processor"]["params"] |= {"shift": 3, "flip": 0.5}
    path.write_text(yaml.safe_dump(config))
    return path


def run_jobs(folder: Path, jobs: list[dict[str, Any]]) -> list[tuple[int, int | None]]:
    """What `victim.py` says of these jobs."""
    (folder / "jobs.json").write_text(json.dumps(jobs))
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[2]), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(HERE / "victim.py"), str(folder / "jobs.json")]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return [tuple(json.loads(line)) for line in result.stdout.splitlines()[-len(jobs) :]]


def check_resumption(folder: Path, data: Path, kills: Sequence[int], lot: random.Random, *options: str) -> None:
    """Train without a break; then once for each number in `kills`, killed that often and resumed as often; and compare
    all that each has left with what the first has left."""
    common = [*small.options(write_config(folder / "config.yaml", data)), *options]
    jobs: list[dict[str, Any]] = [{"options": [*common, f"env.save_dir={folder / 'whole'}"], "kill": None}]
    for run, times in enumerate(kills):
        resumed = [*common, f"env.save_dir={folder / f'killed{run}'}", "checkpoint.resume=true"]
        points = sorted(lot.random() for _ in range(times))  # of the whole; what is left after a kill is never less
        shares = [end - start for start, end in pairwise([0.0, *points])]
        jobs += [{"options": resumed, "kill": share} for share in [*shares, None]]
    ends = run_jobs(folder, jobs)
    print("ended by signal, at call:", ends, "with", options)
    assert [signal for signal, _ in ends] == [0, *(end for times in kills for end in [9] * times + [0])]
    for run in range(len(kills)):
        assert not (found := different(folder / "whole", folder / f"killed{run}")), found


def different(one: Path, other: Path) -> list[str]:
    """Names of the files of two runs, and of what in them, that are not the same bit by bit. Logs are no results."""
    names = {str(path.relative_to(folder)) for folder in (one, other) for path in folder.rglob("*") if path.is_file()}
    results = sorted(name for name in names if not name.endswith((".log", "config.yaml")))
    assert "current.ckpt" in results and "best.ckpt" in results and "history.jsonl" in results
    return [place for name in results for place in _different_files(name, one / name, other / name)]


def _different_files(name: str, one: Path, other: Path) -> list[str]:
    if not (one.exists() and other.exists()):
        return [f"{name} is in one run only"]
    if one.suffix not in (".ckpt", ".pth"):
        return [] if one.read_bytes() == other.read_bytes() else [name]
    return list(_places(name, *(torch.load(path, weights_only=True) for path in (one, other))))


def _places(place: str, one: Any, other: Any) -> list[str]:
    if type(one) is not type(other):
        return [place]
    if isinstance(one, dict):
        keys = [key for key in one | other if not (place.endswith("/config") and key in OWN)]
        return [found for key in keys for found in _places(f"{place}/{key}", one.get(key), other.get(key))]
    if isinstance(one, list | tuple) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [found for index, pair in pairs for found in _places(f"{place}/{index}", *pair)]
    same = torch.equal(one, other) and one.dtype == other.dtype if isinstance(one, torch.Tensor) else one == other
    return [] if same else [place]
