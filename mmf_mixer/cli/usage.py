"""`mmf_mixer usage`: how much a trained run uses each modality."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mmf_mixer.cli.options import OtherOptions, RunFolder
from mmf_mixer.report.numbers import plus_minus

if TYPE_CHECKING:
    from mmf_mixer.interpret.estimates import Estimate
    from mmf_mixer.interpret.usage import Part, Usage


def usage(
    run: RunFolder,
    options: OtherOptions = None,
    out: Annotated[Path | None, typer.Option(help="Where usage.json goes (default: RUN).")] = None,
    split: Annotated[Literal["train", "val", "test"], typer.Option(help="Whose clips are looked at.")] = "test",
    samples: Annotated[int, typer.Option(min=2, help="At most so many clips, drawn by lot.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same figures.")] = 0,
) -> None:
    """Measure how much a trained run uses each modality: without it, with another clip's, and by Shapley values."""
    from mmf_mixer.interpret.run import load_run
    from mmf_mixer.interpret.usage import modality_usage

    found = modality_usage(load_run(run, options or ()), split, samples, seed)
    folder = out or run
    found.write(folder)
    show(found, Console())
    print(f"usage.json is in {folder}")


def show(found: "Usage", console: Console) -> None:
    """Print the usage of each modality, the accuracy of each subset, and the entropy of the shares."""
    console.print(modality_table(found))
    if len(found.modalities) > 1:
        console.print(utilisation_table(found))
    console.print(part_table(found.subsets, "given only", f"{found.metric} of masked clips, %"))
    if found.evidence:
        console.print(part_table(found.evidence, "evidence in", f"{found.metric} by evidence, %"))
    if found.by_from:
        console.print(from_table(found))
    entropy = "no modality is used" if found.entropy is None else plus_minus(found.entropy, digits=2)
    console.print(f"Entropy of the shares (1: all alike, 0: one alone): {entropy}.")


def modality_table(found: "Usage") -> Table:
    """One line for each modality."""
    title = f"modality usage of {found.model}, {found.samples} clips of the {found.split} split, 95 % intervals"
    table = Table("modality", title=title, caption="losses and values in points of accuracy")
    for heading in ("in clips\n%", "lost if\nmasked", "lost if\npermuted", "Shapley\nvalue", "Shapley\nshare, %"):
        table.add_column(heading, justify="right")
    for key, each in found.modalities.items():
        figures = (each.drop, each.perceptual, each.shapley, each.share)
        table.add_row(key, f"{100 * each.present:.0f}", *map(in_percent, figures))
    return table


def utilisation_table(found: "Usage") -> Table:
    """One line for each modality, one column for each other that it is added to."""
    table = Table("modality", title="conditional utilisation, %")
    for key in found.modalities:
        table.add_column(f"given {key}", justify="right")
    for key, each in found.modalities.items():
        table.add_row(key, *(in_percent(each.utilisation.get(other)) for other in found.modalities))
    return table


def part_table(parts: "list[Part]", heading: str, title: str) -> Table:
    """One line for each set of modalities."""
    table = Table(heading, title=title)
    for name in ("clips", "accuracy"):
        table.add_column(name, justify="right")
    for part in parts:
        table.add_row(" + ".join(part.modalities) or "nothing", str(part.samples), in_percent(part.accuracy))
    return table


def from_table(found: "Usage") -> Table:
    """One line for the labels that were made from the same senses."""
    table = Table("labels from", "groups", title="accuracy, and what is lost of it if a modality is masked, %")
    for name in ("accuracy", *found.modalities):
        table.add_column(name, justify="right")
    for each in found.by_from:
        lost = (in_percent(own.drop) for own in each.modalities.values())
        senses = " + ".join(each.made_from) or "not said"
        table.add_row(senses, escape(", ".join(each.groups)), in_percent(each.accuracy), *lost)
    return table


def in_percent(figure: "Estimate | None") -> str:
    """A figure with half the width of its interval; nothing, if it is not defined."""
    return plus_minus(figure, scale=100, digits=1, undefined="")
