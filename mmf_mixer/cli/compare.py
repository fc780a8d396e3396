"""`mmf_mixer compare`: train models side by side from one config and print the table."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mmf_mixer.errors import InputError

OWN = ("models", "use", "single", "seeds", "out", "jobs")


def compare(
    options: Annotated[
        list[str],
        typer.Argument(
            help="config=F dataset=D models=a,b,c seeds=0,1,2 out=DIR, and any MMF option for all rows. "
            "use=text,audio:text,audio,video compares sets of modalities; single=text,audio adds the last "
            "model on one modality at a time; jobs=N trains N rows at once."
        ),
    ],
) -> None:
    """Train every model and seed from one config; write results.json and print the table."""
    from mmf_mixer.benchmark.compare import Plan
    from mmf_mixer.benchmark.compare import compare as run_comparison
    from mmf_mixer.benchmark.table import markdown, rich_table

    own, shared = parse(options)
    plan = Plan(
        options=tuple(shared),
        models=tuple(own.get("models", "concat_mlp,mmf_transformer,mmf_mixer").split(",")),
        use=tuple(own.get("use", "text,audio,video").split(":")),
        single=tuple(filter(None, own.get("single", "").split(","))),
        seeds=tuple(int(seed) for seed in own.get("seeds", "0,1,2").split(",")),
        out=Path(own["out"]),
        jobs=int(own.get("jobs", "1")),
    )
    results = run_comparison(plan)
    (plan.out / "table.md").write_text(markdown(results))
    Console().print(rich_table(results, f"test split, {len(plan.seeds)} seed(s)"))
    if any("error" in row for row in results["rows"]):
        raise typer.Exit(1)


def parse(options: list[str]) -> tuple[dict[str, str], list[str]]:
    """Part the options of this command from those that go to MMF.

    Raises:
        InputError: an option without "=", or no `out`.
    """
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
