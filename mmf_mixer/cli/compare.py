"""`mmf_mixer compare`: train models side by side from one config and print the table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from mmf_mixer.errors import InputError

if TYPE_CHECKING:
    from mmf_mixer.benchmark.compare import Plan

OWN = ("models", "use", "single", "seeds", "out", "jobs")
MODELS = "concat_mlp,mmf_transformer,mmf_mixer"


def compare(
    options: Annotated[
        list[str],
        typer.Argument(
            help="config=F dataset=D dataset_config.D.root=FOLDER out=DIR, and any MMF option for all rows. "
            f"models={MODELS}; seeds=0,1,2; use=text,audio:text,audio,video compares sets of modalities (default: "
            "all that the folder has); single=text,audio adds the last model on one modality at a time (default: "
            "each, if there is one set); jobs=N trains N rows at once."
        ),
    ],
) -> None:
    """Train every model and seed from one config; write results.json and table.md, and print the table."""
    from mmf_mixer.benchmark.compare import compare as run_comparison
    from mmf_mixer.benchmark.table import markdown, rich_table
    from mmf_mixer.files import write_text

    plan = plan_of(options)
    results = run_comparison(plan)
    write_text(plan.out / "table.md", markdown(results))
    Console().print(rich_table(results, f"test split, {len(plan.seeds)} seed(s)"))
    if any("error" in row for row in results["rows"]):
        raise typer.Exit(1)


def plan_of(options: list[str]) -> "Plan":
    """The plan that the options ask for.

    Raises:
        InputError: an option that is not of the form name=value, a number that is none, or no `out`.
    """
    from mmf_mixer.benchmark.compare import Plan

    own, shared = parse(options)
    whole = ",".join(modalities(shared))
    try:
        seeds, jobs = tuple(int(seed) for seed in own.get("seeds", "0,1,2").split(",")), int(own.get("jobs", "1"))
    except ValueError as error:
        raise InputError(f"compare: seeds and jobs are whole numbers ({error}).") from error
    return Plan(
        options=tuple(shared),
        models=tuple(own.get("models", MODELS).split(",")),
        use=tuple(own.get("use", whole).split(":")),
        single=tuple(filter(None, own.get("single", "" if "use" in own else whole).split(","))),
        seeds=seeds,
        out=Path(own["out"]),
        jobs=jobs,
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


def modalities(shared: list[str]) -> list[str]:
    """The modalities that the run's dataset folder has; all three if the options do not name the folder."""
    from mmf_mixer.datasets.schema import modalities_of, read_folder

    for option in shared:
        name, _, value = option.partition("=")
        if name.startswith("dataset_config.") and name.endswith(".root"):
            return modalities_of(read_folder(Path(value)))
    return ["text", "audio", "video"]
