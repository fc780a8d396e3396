"""`mmf_mixer compare`: train models side by side from one config and print the table."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from mmf_mixer.cli.options import MMFOptions, listed, old_words
from mmf_mixer.errors import InputError

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from mmf_mixer.benchmark.plan import Plan

OWN = ("models", "use", "single", "seeds", "fractions", "trials", "out", "jobs")
MODELS = ("concat_mlp", "mmf_transformer", "mmf_mixer")


def compare(
    options: MMFOptions = None,
    out: Annotated[Path | None, typer.Option(help="Where results.json, report.html and the trainings go.")] = None,
    models: Annotated[
        str | None,
        typer.Option(
            help="Rows, with commas between: models, majority, late_fusion, rows of the config (default: those of the "
            f"config, or {', '.join(MODELS)})."
        ),
    ] = None,
    seeds: Annotated[str, typer.Option(help="Each row is trained once for each.")] = "0,1,2",
    fractions: Annotated[str, typer.Option(help="Shares of the training clips; above 1 their number.")] = "1.0",
    trials: Annotated[
        int | None, typer.Option(help="Trainings that tune each row (default: trials of the config).")
    ] = None,
    use: Annotated[
        str | None,
        typer.Option(help="Sets of modalities, such as text,audio:text,audio,video (default: fusion.use)."),
    ] = None,
    single: Annotated[
        str | None,
        typer.Option(help="Modalities that the reference also gets alone (default: each; none if --use is given)."),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Trainings at once.")] = 1,
) -> None:
    """Tune and train models from one config, compare them on the same clips, and print the table.

    In options of MMF {fraction} and {seed} stand for the row's.
    """
    from mmf_mixer.benchmark.compare import compare as run_comparison
    from mmf_mixer.benchmark.table import rich_table
    from mmf_mixer.report.comparison.page import write_comparison

    given = {
        "out": out and str(out), "models": models, "seeds": seeds, "fractions": fractions,
        "trials": trials, "use": use, "single": single, "jobs": jobs,
    }  # fmt: skip
    plan = plan_of(options or [], given)
    results = run_comparison(plan, on_results=lambda found: write_comparison(plan.out, found))
    Console().print(rich_table(results, f"test split, {len(plan.seeds)} seed(s)"))
    print(f"results.json, tables.md and figures are in {plan.out}; look at {plan.out / 'report.html'}")
    if any("error" in row for row in results["rows"]):
        raise typer.Exit(1)


def plan_of(options: Sequence[str], given: Mapping[str, Any] | None = None) -> "Plan":
    """The plan that the options ask for.

    Args:
        options: of MMF, and words such as `out=DIR`.
        given: values of our own options by name; None where one is left out.

    Raises:
        InputError: an option that is not of the form name=value, a number that is none, no `out`, a wrong config, or
            what `Plan` cannot do.
    """
    from omegaconf import OmegaConf

    from mmf_mixer.benchmark.plan import Plan
    from mmf_mixer.benchmark.section import read_config, root_named, section_of

    words, shared = old_words("compare", options, OWN)
    own = {name: value for name, value in (given or {}).items() if value is not None} | words
    if not own.get("out"):
        raise InputError("compare: say where the results go, with --out DIR.")
    file = dict(option.split("=", 1) for option in shared).get("config")
    config = read_config(file) if file else OmegaConf.create()
    section = section_of(config)
    whole = ",".join(modalities(root_named(config, shared), config))
    defaults = {"jobs": 1, "trials": section.trials, "seeds": "0,1,2"}
    numbers = {name: listed("compare", name, str(own.get(name, value)), int) for name, value in defaults.items()}
    return Plan(
        options=tuple(shared),
        models=tuple(own["models"].split(",")) if "models" in own else section.models or MODELS,
        use=tuple(own.get("use", whole).split(":")),
        single=tuple(filter(None, own.get("single", "" if "use" in own else whole).split(","))),
        seeds=numbers["seeds"],
        fractions=listed("compare", "fractions", str(own.get("fractions", "1.0")), float),
        trials=numbers["trials"][0],
        out=Path(own["out"]),
        jobs=numbers["jobs"][0],
        section=section,
        config=config,
    )


def modalities(root: Path | None, config: "DictConfig") -> list[str]:
    """Those of a dataset folder, or all three without one; of these what `fusion.use` of the config names, if any. A
    folder of features has those that the config names."""
    from omegaconf import OmegaConf

    from mmf_mixer.data.folder import modalities_of, read_folder

    found = modalities_of(read_folder(root)) if root else ["text", "audio", "video"]
    use = OmegaConf.select(config, "fusion.use")
    named = use.split(",") if isinstance(use, str) else list(use or found)
    return [key for key in found if key in named] or found or named
