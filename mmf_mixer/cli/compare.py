"""`mmf_mixer compare`: train models side by side from one config and print the table."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console

from mmf_mixer.errors import InputError

if TYPE_CHECKING:
    from mmf_mixer.benchmark.plan import Plan

OWN = ("models", "use", "single", "seeds", "fractions", "trials", "out", "jobs")
N = TypeVar("N", int, float)
MODELS = ("concat_mlp", "mmf_transformer", "mmf_mixer")


def compare(
    options: Annotated[
        list[str],
        typer.Argument(
            help="config=F dataset=D dataset_config.clips.root=FOLDER out=DIR, and any MMF option for all rows, where "
            "{fraction} and {seed} stand for the row's. models=a,b names rows: registered models, majority, "
            f"late_fusion, or those of the config's benchmark section (default: its models, or {','.join(MODELS)}); "
            "seeds=0,1,2; fractions=0.1,200,1.0 of the training clips, above 1 their number; trials=N tunes every row "
            "with N trainings, judged on validation (default: those of the section, or none); "
            "use=text,audio:text,audio,video compares sets of modalities (default: all that the folder has); "
            "single=text,audio adds the last model on one modality at a time (default: each, if there is one set); "
            "jobs=N trains N rows at once."
        ),
    ],
) -> None:
    """Tune and train every model from one config; write results.json and report.html, and print the table."""
    from mmf_mixer.benchmark.compare import compare as run_comparison
    from mmf_mixer.benchmark.table import rich_table
    from mmf_mixer.report.comparison.page import write_comparison

    plan = plan_of(options)
    results = run_comparison(plan)
    page = write_comparison(plan.out, results)
    Console().print(rich_table(results, f"test split, {len(plan.seeds)} seed(s)"))
    print(f"results.json, tables.md and figures are in {plan.out}; look at {page}")
    if any("error" in row for row in results["rows"]):
        raise typer.Exit(1)


def plan_of(options: list[str]) -> "Plan":
    """The plan that the options ask for.

    Raises:
        InputError: an option that is not of the form name=value, a number that is none, no `out`, a wrong config, or
            what `Plan` cannot do.
    """
    from omegaconf import OmegaConf

    from mmf_mixer.benchmark.plan import Plan
    from mmf_mixer.benchmark.section import dataset_root, read_config, section_of

    own, shared = parse(options)
    file = dict(option.split("=", 1) for option in shared).get("config")
    config = read_config(file) if file else OmegaConf.create()
    section = section_of(config)
    whole = ",".join(modalities(dataset_root(config, shared)))
    try:
        seeds, fractions = _list(own.get("seeds", "0,1,2"), int), _list(own.get("fractions", "1.0"), float)
        jobs, trials = int(own.get("jobs", "1")), int(own.get("trials", section.trials))
    except ValueError as error:
        raise InputError(f"compare: seeds, trials and jobs are whole numbers, fractions numbers ({error}).") from error
    if jobs < 1:
        raise InputError("compare: jobs is at least 1.")
    return Plan(
        options=tuple(shared),
        models=tuple(own["models"].split(",")) if "models" in own else section.models or MODELS,
        use=tuple(own.get("use", whole).split(":")),
        single=tuple(filter(None, own.get("single", "" if "use" in own else whole).split(","))),
        seeds=seeds,
        fractions=fractions,
        trials=trials,
        out=Path(own["out"]),
        jobs=jobs,
        section=section,
        config=config,
    )


def parse(options: list[str]) -> tuple[dict[str, str], list[str]]:
    """Part the options of this command from those that go to MMF. Raises InputError as `plan_of` does."""
    own, shared = {}, []
    for option in options:
        name, equals, value = option.partition("=")
        if not equals:
            raise InputError(f"compare: '{option}' is not of the form name=value.")
        if name in OWN:
            own[name] = value
        else:
            shared.append(option)
    if "out" not in own:
        raise InputError("compare: say where the results go, with out=DIR.")
    return own, shared


def modalities(root: Path | None) -> list[str]:
    """The modalities that a dataset folder has; all three if there is no folder to ask."""
    from mmf_mixer.data.folder import modalities_of, read_folder

    return modalities_of(read_folder(root)) if root else ["text", "audio", "video"]


def _list(text: str, number: Callable[[str], N]) -> tuple[N, ...]:
    return tuple(number(each) for each in text.split(","))
