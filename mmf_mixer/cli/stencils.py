"""`mmf_mixer stencils`: what a trained run looks at, class by class, and how true that picture is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from mmf_mixer.cli.options import OtherOptions, RunFolder
from mmf_mixer.protocols import Json
from mmf_mixer.report.numbers import plus_minus

if TYPE_CHECKING:
    from mmf_mixer.interpret.explain import Explanation


def stencils(
    run: RunFolder,
    options: OtherOptions = None,
    out: Annotated[Path | None, typer.Option(help="Where the files go (default: RUN/stencils).")] = None,
    carrier: Annotated[
        Literal["data", "ones"], typer.Option(help="What a stencil masks: clips, or ones, so that it is the input.")
    ] = "data",
    restarts: Annotated[int, typer.Option(min=1, help="Stencils made of each class.")] = 16,
    steps: Annotated[int, typer.Option(min=1, help="Steps of gradient ascent.")] = 60,
    batch: Annotated[int, typer.Option(min=1, help="Stencils at once; bounds the memory.")] = 128,
    smooth: Annotated[float, typer.Option(min=0, help="Weight of a smooth course over tokens.")] = 0.0,
    clusters: Annotated[int | None, typer.Option(min=1, help="Per class (default: by silhouette).")] = None,
    labels: Annotated[str, typer.Option(help="Only these: group/label,group/label.")] = "",
    samples: Annotated[int, typer.Option(min=2, help="At most so many clips of a split.")] = 256,
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same stencils.")] = 0,
) -> None:
    """Make the stencils of a trained run, measure what each modality contributes and how faithful that is; draw it."""
    from mmf_mixer.interpret.explain import explain
    from mmf_mixer.interpret.portraits import portraits
    from mmf_mixer.interpret.run import load_run
    from mmf_mixer.interpret.stencil import Settings
    from mmf_mixer.interpret.usage import modality_usage
    from mmf_mixer.report.stencils.page import write_report

    settings = Settings(carrier, restarts, steps, batch, smooth=smooth, seed=seed)
    loaded = load_run(run, options or ())
    found = explain(loaded, settings, list(filter(None, labels.split(","))), clusters, samples)
    folder = out or run / "stencils"
    found.write(folder)
    used = modality_usage(loaded, seed=seed)
    used.write(folder)
    page = write_report(folder, found, used, portraits(loaded, found, samples, seed))
    show(found, Console())
    print(f"stencils.safetensors, contributions.json, usage.json and figures are in {folder}; look at {page}")


def show(found: "Explanation", console: Console) -> None:
    """Print contributions, clusters and faithfulness for people."""
    console.print(contribution_table(found))
    report = found.faithfulness
    if "methods" in report:
        console.print(faithfulness_table(report))
    correlation = report["rank_correlation"]
    halves = f"; of two halves of the restarts: {plus_minus(correlation['halves'])}" if correlation["halves"] else ""
    with_shuffled = plus_minus(correlation["shuffled_weights"])
    console.print(f"Rank correlation with stencils of shuffled weights: {with_shuffled}, should be near 0{halves}.")
    console.print(report["verdict"])


def contribution_table(found: "Explanation") -> Table:
    """One line for each label: the share of each modality, and its clusters."""
    table = Table(title="contribution of each modality, %")
    table.add_column("label")
    for heading in (*found.slices, "stencils", "silhouette", "stability"):
        table.add_column(heading, justify="right")
    for label, entry in found.contributions()["labels"].items():
        silhouette = "" if entry["silhouette"] is None else f"{entry['silhouette']:.2f}"
        shares = [f"{100 * share:.0f}" for share in (entry["modalities"] or {}).values()]
        shares = shares or ["no clip"] * len(found.slices)
        table.add_row(label, *shares, str(entry["stencils"]), silhouette, f"{entry['stability']:.2f}")
    return table


def faithfulness_table(report: Json) -> Table:
    """One line for each method."""
    measures = {"deletion": "low", "insertion": "high", "comprehensiveness": "high", "sufficiency": "low"}
    table = Table(title=f"faithfulness on {report['samples']} clips of the {report['split']} split, 95 % intervals")
    table.add_column("order of tokens")
    for name, good in measures.items():
        table.add_column(f"{name}\n{good} is good", justify="right")
    for method, figures in report["methods"].items():
        table.add_row(method.replace("_", " "), *(plus_minus(figures[name]) for name in measures))
    return table
