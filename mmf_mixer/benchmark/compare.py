"""The comparison: every model, set of modalities and seed trained from one config, side by side."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mmf_mixer.benchmark.statistics import summarise
from mmf_mixer.compat.doctor import diagnose
from mmf_mixer.files import write_json

LAST_LINES = 12


@dataclass(frozen=True)
class Plan:
    """What to compare. `options` are MMF options common to all rows; `use` lists sets of modalities."""

    options: tuple[str, ...]
    models: tuple[str, ...]
    use: tuple[str, ...]
    seeds: tuple[int, ...]
    out: Path
    single: tuple[str, ...] = ()  # modalities that the last of `models` also gets one at a time
    jobs: int = 1

    def rows(self) -> Iterator["Row"]:
        """Each single modality with the last model, then every model with every set of modalities; by seed."""
        pairs = [(self.models[-1], modality) for modality in self.single] + list(product(self.models, self.use))
        for (model, use), seed in product(pairs, self.seeds):
            yield Row(self, model, use, seed)


@dataclass(frozen=True)
class Row:
    """One training of a plan."""

    plan: Plan = field(repr=False)
    model: str
    use: str
    seed: int

    @property
    def folder(self) -> Path:
        return self.plan.out / "runs" / f"{self.model}-{self.use.replace(',', '+')}-seed{self.seed}"

    @property
    def options(self) -> list[str]:
        own = [f"model={self.model}", f"fusion.use={self.use}", f"training.seed={self.seed}"]
        return [*self.plan.options, *own, f"env.save_dir={self.folder}"]

    def run(self) -> dict[str, Any]:
        """Train it, or say in `error` why that failed: the other rows go on."""
        self.folder.mkdir(parents=True, exist_ok=True)
        outcome, log = self.folder / "outcome.json", self.folder / "log.txt"
        threads = max(1, (os.cpu_count() or 1) // self.plan.jobs)
        with log.open("w") as sink:
            code = subprocess.run(
                [sys.executable, "-m", "mmf_mixer.benchmark.row", str(outcome), *self.options],
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={**os.environ, "OMP_NUM_THREADS": str(threads)},
                check=False,
            ).returncode
        result: dict[str, Any] = {
            "model": self.model,
            "modalities": self.use.split(","),
            "fraction": 1.0,
            "seed": self.seed,
            "command": shlex.join(["mmf_run", *self.options]),
        }
        if code:
            return {**result, "error": "\n".join(log.read_text().splitlines()[-LAST_LINES:])}
        return {**result, **json.loads(outcome.read_text())}


def compare(plan: Plan) -> dict[str, Any]:
    """Train all rows of the plan and write `results.json` into its `out`; returns what that file holds."""
    rows = list(plan.rows())
    done: dict[Row, dict[str, Any]] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress, ThreadPoolExecutor(plan.jobs) as pool:
        task = progress.add_task("training", total=len(rows))
        futures = {pool.submit(row.run): row for row in rows}
        for future in as_completed(futures):
            row, result = futures[future], future.result()
            done[row] = result
            progress.console.print(_said(row, result))
            progress.advance(task)
    ordered = [done[row] for row in rows]
    results = {"rows": ordered, "summary": summarise(ordered), "environment": diagnose()}
    write_json(plan.out / "results.json", results)
    return results


def _said(row: Row, result: dict[str, Any]) -> str:
    name = f"{row.model} on {row.use}, seed {row.seed}"
    if "error" in result:
        return f"{name}: failed, see {row.folder / 'log.txt'}\n{result['error']}"
    figures = ", ".join(f"{metric} {value:.3f}" for metric, value in result["metrics"].items())
    return f"{name}: {figures} ({result['train_seconds']:.0f} s)"
