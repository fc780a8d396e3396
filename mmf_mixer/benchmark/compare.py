"""The comparison: every row tuned alike, trained with every seed, tested once, each training in a process of its own.

What is done already is not done again: the folder of a training that ended well holds its outcome, with the key of all
that determined it (see `cache`). So a comparison that was killed goes on, and one that is complete answers at once.
"""

import json
import shlex
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mmf_mixer.benchmark.cache import FUSION, code_digest, digest_of, key_of, versions
from mmf_mixer.benchmark.plan import Plan, Study
from mmf_mixer.benchmark.processes import Task, run_all
from mmf_mixer.benchmark.scores import ADDITIVE, SCORES
from mmf_mixer.benchmark.section import FUSED
from mmf_mixer.benchmark.statistics import statistics, unfinished
from mmf_mixer.benchmark.tuning import Point, best
from mmf_mixer.data.folder import read_folder
from mmf_mixer.doctor import diagnose
from mmf_mixer.errors import InputError
from mmf_mixer.files import write_json
from mmf_mixer.protocols import Json

LAST_LINES = 12
NEEDED = ("mmf_mixer.benchmark.row_imports",)
NOT_FUSED = "a single modality that it fuses could not be tuned"
LEFT = {"scores": SCORES, "usage": "usage.json", "additive": ADDITIVE}  # what a row may leave in its folder
Outcome = Json
Results = Json
Row = tuple[Study, int]  # with its seed
K = TypeVar("K", bound=Hashable)


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


def compare(plan: Plan, on_results: Callable[[Results], object] = lambda results: None) -> Results:
    """Do what the plan says and write `results.json` into its `out`; returns what that file holds.

    A row that fails says in `error` why; the others go on. The file is there as soon as a row is, with `finished` false
    and without the rows and tests to come.

    Args:
        plan: what to do.
        on_results: called with what `results.json` holds each time that it is written.

    Raises:
        InputError: no dataset folder is named, or it is wrong.
    """
    if plan.root is None:
        raise InputError("compare: name the dataset folder, with dataset_config.clips.root=FOLDER.")
    folder, studies = read_folder(plan.root), plan.studies()
    plan.out.mkdir(parents=True, exist_ok=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress:
        longest_first = sorted(studies, key=partial(_length, len(folder.splits["train"])), reverse=True)
        tuned = tune(plan, longest_first, progress)
        rows = [(study, seed) for study in studies for seed in plan.seeds]
        works: dict[Row, Work] = {}
        outcomes: dict[Row, Outcome] = {}

        def write(finished: bool) -> Results:
            found = [_row(plan, *row, tuned[row[0]], works.get(row), outcomes[row]) for row in rows if row in outcomes]
            told = statistics(found, folder, plan.out) if finished else unfinished(found, folder)
            results = {
                "finished": finished,
                "rows": found,
                **told,
                "tuning": {"trials": plan.trials, "seed": plan.section.tuning_seed},
                "environment": environment_of(plan.out / "results.json"),
            }
            write_json(plan.out / "results.json", results)
            on_results(results)
            return results

        def work_through(todo: dict[Row, Work], title: str) -> None:
            works.update(todo)
            for row, outcome, new in run(todo, plan.jobs, progress, title):
                outcomes[row] = outcome
                if new:
                    write(finished=False)

        outcomes |= {row: _untuned(plan, row[0]) for row in rows if tuned[row[0]] is None}
        trained = [
            row for row in product(longest_first, plan.seeds) if row[0].name not in FUSED and row not in outcomes
        ]
        work_through({row: training(plan, *row, tuned[row[0]] or {}) for row in trained}, "training")
        fused = {row: fusing(plan, *row, works) for row in rows if row[0].name in FUSED}
        outcomes |= {row: {"error": NOT_FUSED} for row, work in fused.items() if work is None}
        work_through({row: work for row, work in fused.items() if work is not None}, "fusing")
    return write(finished=True)


def tune(plan: Plan, studies: Sequence[Study], progress: Progress) -> dict[Study, Point | None]:
    """What the tuning chose for each study, None where every trial failed. Trials do not test, so that no test clip can
    bear on it."""
    works = {}
    for study in studies:
        for number, point in enumerate(plan.tried(study)):
            options, folder = plan.trial_options(study, point), plan.trial_folder(study, number)
            works[study, number] = _work(plan, f"{study}, trial {number}", options, folder)
    outcomes = {place: outcome for place, outcome, _ in run(works, plan.jobs, progress, "tuning")}
    chosen = {}
    for study in studies:
        tried = plan.tried(study)
        chosen[study] = best(tried, [outcomes[study, number] for number in range(len(tried))])
    return chosen


def training(plan: Plan, study: Study, seed: int, tuned: Point) -> Work:
    """The training of a row that is reported."""
    return _work(plan, f"{study}, seed {seed}", plan.row_options(study, seed, tuned), plan.row_folder(study, seed))


def fusing(plan: Plan, study: Study, seed: int, works: Mapping[Row, Work]) -> Work | None:
    """What a row of `FUSED` makes of the single-modality rows of the same fraction and seed, which `works` holds; None
    if it does not, since one of them could not be tuned."""
    wanted = [(Study(plan.single_name, key, study.fraction), seed) for key in study.modalities]
    if any(row not in works for row in wanted):
        return None
    singles = [works[row] for row in wanted]
    folder, root = plan.row_folder(study, seed), plan.root
    key = digest_of([study.name, code_digest(FUSION), versions(), [single.key for single in singles]])
    rows = [f"{name}={single.task.folder}" for name, single in zip(study.modalities, singles, strict=True)]
    return Work(f"{study}, seed {seed}", key, Task(FUSION, [str(folder), key, study.name, str(root), *rows], folder))


def run(works: Mapping[K, Work], jobs: int, progress: Progress, title: str) -> Iterator[tuple[K, Outcome, bool]]:
    """What each work gave, or `{"error": why}`, and whether it was done just now: those that were not come first."""
    known = {place: outcome for place, work in works.items() if (outcome := work.outcome()) is not None}
    yield from ((place, outcome, False) for place, outcome in known.items())
    if works:
        bar = progress.add_task(title, total=len(works), completed=len(known))
    for place, code in run_all({place: work.task for place, work in works.items() if place not in known}, jobs, NEEDED):
        work = works[place]
        outcome = work.outcome() or {"error": work.error(code)}
        progress.console.print(_said(work, outcome))
        progress.advance(bar)
        yield place, outcome, True


def _length(clips: int, study: Study) -> tuple[float, int]:
    """How long a training of the study takes beside others, roughly: by how many of the training clips it has, and by
    modalities. The longest come first, so that no process waits for the last of another."""
    return study.fraction if study.fraction > 1 else study.fraction * clips, len(study.modalities)


def environment_of(earlier: Path) -> Any:
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


def _untuned(plan: Plan, study: Study) -> Outcome:
    """What the rows of a study say whose trials have all failed."""
    count, folder = len(plan.tried(study)), plan.trial_folder(study, 0)
    return {"error": f"none of its {count} trials ended well, so it is not trained; see {folder.parent}/*/log.txt"}


def _row(plan: Plan, study: Study, seed: int, tuned: Point | None, work: Work | None, outcome: Outcome) -> Json:
    folder = plan.row_folder(study, seed)
    command = ["mmf_run", *plan.row_options(study, seed, tuned or {}), f"env.save_dir={folder}"]
    if study.name in FUSED:
        command = ["python", "-m", work.task.module, *work.task.arguments] if work else []
    row = {
        "model": study.name,
        "modalities": study.modalities,
        "fraction": study.fraction,
        "seed": seed,
        "tuned": tuned or {},
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
