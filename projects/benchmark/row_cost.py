"""What a row of `mmf_mixer compare` costs besides its training, in processor seconds:
`python projects/benchmark/row_cost.py DATA STORE`, the folders that `mmf_mixer synthesize` and `extract` wrote.

Each row is forked from a process that has imported everything, as `compare` does it, and trains for one update.
"""

import os
import tempfile
from pathlib import Path
from statistics import median

import torch
from parts import data_and_store, sample_options

import mmf_mixer.benchmark.row_imports  # noqa: F401
from mmf_mixer.benchmark.row import main as run_row
from mmf_mixer.memory import keep_freed_memory

MODELS = ("mmf_mixer", "concat_mlp", "mmf_transformer")
REPEATS = 3


def seconds_of(model: str, data: str, store: str) -> float:
    """The processor time of one row, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        row = os.fork()
        if not row:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(1, 2)
            run_row(Path(folder), "", [*sample_options(model, data, store), "training.max_updates=1"])
            os._exit(0)
        _, status, used = os.wait4(row, 0)
    if status:
        raise SystemExit(f"the row of {model} failed")
    return used.ru_utime + used.ru_stime


def main(data: str, store: str) -> None:
    """Print a row for each model."""
    torch.set_num_threads(1)
    keep_freed_memory()
    print("| model | processor seconds of a row |")
    print("| --- | ---: |")
    for model in MODELS:
        print(f"| {model} | {median(seconds_of(model, data, store) for _ in range(REPEATS)):.1f} |", flush=True)


if __name__ == "__main__":
    main(*data_and_store(__doc__))
