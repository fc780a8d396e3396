"""The comparison: every row tuned alike, trained with every seed, tested once, each training in a process of its own.

What is done already is not done again: the folder of a training that ended well holds its outcome, with the key of all
that determined it (see `cache`). So a comparison that was killed goes on, and one that is complete answers at once.
"""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mmf_mixer.benchmark.cache import code_digest, digest_of, key_of, versions
from mmf_mixer.benchmark.plan import Plan, Study
from mmf_mixer.benchmark.processes import Task, run_all
from mmf_mixer.benchmark.section import LATE_FUSION
from mmf_mixer.benchmark.statistics import statistics
from mmf_mixer.benchmark.tuning import Point, best
from mmf_mixer.data.folder import read_folder
from mmf_mixer.doctor import diagnose
from mmf_mixer.errors import InputError
from mmf_mixer.files import write_json

LAST_LINES = 12
LEFT = {"scores": "scores.safetensors", "usage": "usage.json"}  # what a row may leave in its folder
Outcome = dict[str, Any]


@dataclass(frozen=True)
class Work:
    """A training or late fusion: what it is called, the key of what determines it, and how it is done."""

    title: str
    key: str
    task: Task

    def outcome(self) -> Outcome | None:
        """What it gave, if it has been done."""
        try:
            found: Outcome = json.loads((self.task.folder / "outcome.json").read_text())
        except (OSError, ValueError):
            return None
        return found if found.pop("key", None) == self.key else None

    def error(self, code: int) -> str:
        """Why it failed: the end of what it said."""
        said = "\n".join(self.task.log.read_text(errors="replace").splitlines()[-LAST_LINES:])
        return said if code >= 0 else f"{said}\nkilled by signal {-code}".strip()


def compare(plan: Plan) -> dict[str, Any]:
    """Do what the plan says and write `results.json` into its `out`; returns what that file holds.

    A row that fails says in `error` why; the others go on.

    Raises:
        InputError: no dataset folder is named, or it is wrong.
    """
    if plan.root is None:
        raise InputError("compare: name the dataset folder, with dataset_config.clips.root=FOLDER.")
    folder, studies = read_folder(plan.root), plan.studies()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress:
        tuned = tune(plan, studies, progress)
        rows = [(study, seed) for study in studies for seed in plan.seeds]
        trained = [row for row in rows if row[0].name != LATE_FUSION]
        works = {row: training(plan, *row, tuned[row[0]]) for row in trained}
        outcomes = dict(zip(works, run(list(works.values()), plan.jobs, progress, "training"), strict=True))
        fused = {row: fusing(plan, *row, works) for row in rows if row not in works}
        outcomes |= dict(zip(fused, run(list(fused.values()), plan.jobs, progress, "fusing"), strict=True))
    works |= fused
    found = [_row(plan, *row, tuned[row[0]], works[row], outcomes[row]) for row in rows]
    results = {
        "rows": found,
        **statistics(found, folder, plan.out),
        "tuning": {"trials": plan.trials, "seed": plan.section.tuning_seed},
        "environment": environment(plan.out / "results.json"),
    }
    write_json(plan.out / "results.json", results)
    return results


def tune(plan: Plan, studies: Sequence[Study], progress: Progress) -> dict[Study, Point]:
    """What the tuning chose for each study. Trials do not test, so that no test clip can bear on it."""
    works = []
    for study in studies:
        for number, point in enumerate(plan.tried(study)):
            options, folder = plan.trial_options(study, point), plan.trial_folder(study, number)
            works.append(_work(plan, f"{study}, trial {number}", options, folder))
    outcomes = iter(run(works, plan.jobs, progress, "tuning"))
    chosen = {}
    for study in studies:
        tried = plan.tried(study)
        chosen[study] = best(tried, [next(outcomes) for _ in tried])
    return chosen


def training(plan: Plan, study: Study, seed: int, tuned: Point) -> Work:
    """The training of a row that is reported."""
    return _work(plan, f"{study}, seed {seed}", plan.row_options(study, seed, tuned), plan.row_folder(study, seed))


def fusing(plan: Plan, study: Study, seed: int, works: dict[tuple[Study, int], Work]) -> Work:
    """The late fusion of the single-modality rows of the same fraction and seed, which `works` holds."""
    singles = [works[Study(plan.single_name, key, study.fraction), seed] for key in study.modalities]
    folder, root = plan.row_folder(study, seed), plan.root
    key = digest_of([code_digest(), versions(), [single.key for single in singles]])
    arguments = [str(folder), key, str(root), *(str(single.task.folder) for single in singles)]
    return Work(f"{study}, seed {seed}", key, Task("mmf_mixer.benchmark.late_fusion", arguments, folder))


def run(works: Sequence[Work], jobs: int, progress: Progress, title: str) -> list[Outcome]:
    """What each work gave, done now or earlier, or `{"error": why}`."""
    outcomes = [work.outcome() for work in works]
    missing = [number for number, outcome in enumerate(outcomes) if outcome is None]
    if works:
        bar = progress.add_task(title, total=len(works), completed=len(works) - len(missing))
    for number, code in run_all({number: works[number].task for number in missing}, jobs):
        work = works[number]
        outcomes[number] = outcome = work.outcome() or {"error": work.error(code)}
        progress.console.print(_said(work, outcome))
        progress.advance(bar)
    return [outcome or {} for outcome in outcomes]


def environment(earlier: Path) -> Any:
    """What `mmf_mixer doctor` says, or said when these results were first written with the same libraries."""
    now = versions()
    try:
        known = json.loads(earlier.read_text())["environment"]
        if known["versions"] == now:
            return known
    except (OSError, ValueError, KeyError):
        pass
    return diagnose() | {"versions": now}


def _work(plan: Plan, title: str, options: list[str], folder: Path) -> Work:
    key = key_of(plan.config, options)
    return Work(title, key, Task("mmf_mixer.benchmark.row", [str(folder), key, *options], folder))


def _row(plan: Plan, study: Study, seed: int, tuned: Point, work: Work, outcome: Outcome) -> dict[str, Any]:
    folder = work.task.folder
    command = ["mmf_run", *plan.row_options(study, seed, tuned), f"env.save_dir={folder}"]
    if study.name == LATE_FUSION:
        command = ["python", "-m", work.task.module, *work.task.arguments]
    row = {
        "model": study.name,
        "modalities": study.modalities,
        "fraction": study.fraction,
        "seed": seed,
        "tuned": tuned,
        "trials": len(plan.tried(study)),
        "command": shlex.join(command),
        **outcome,
    }
    left = {name: folder / file for name, file in LEFT.items()} if "error" not in outcome else {}
    return row | {name: str(path.relative_to(plan.out)) for name, path in left.items() if path.is_file()}


def _said(work: Work, outcome: Outcome) -> str:
    if "error" in outcome:
        return f"{work.title}: failed, see {work.task.log}\n{outcome['error']}"
    metrics: dict[str, float] = outcome.get("metrics") or outcome["validation"]
    figures = ", ".join(f"{name} {value:.3f}" for name, value in metrics.items())
    return f"{work.title}: {figures} ({outcome['train_seconds']:.0f} s)"
