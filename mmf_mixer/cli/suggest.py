"""`mmf_mixer suggest`: what to label next."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mmf_mixer.cli.options import OtherOptions, RunFolder

if TYPE_CHECKING:
    from mmf_mixer.interpret.pool import Pool
    from mmf_mixer.interpret.run import TrainedRun
    from mmf_mixer.labels.suggest.suggest import Suggestion


def suggest(
    run: RunFolder,
    pool: Annotated[
        Path, typer.Argument(metavar="POOL", help="Lines without labels (.jsonl), or an annotation (NAME.json).")
    ],
    options: OtherOptions = None,
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="How many clips.")] = 50,
    out: Annotated[Path | None, typer.Option(help="Where the lines go (default: NAME-next.jsonl beside POOL).")] = None,
    typical: Annotated[
        bool, typer.Option("--typical", help="Clips typical of the pool, whatever the run's labels, to begin others.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same clips.")] = 0,
) -> None:
    """Say which clips to label next: lines to fill in, and why each was chosen, in a file beside them."""
    from mmf_mixer.interpret.run import load_run
    from mmf_mixer.labels.suggest.lines import write_lines
    from mmf_mixer.report.annotation.next import write_next_page
    from mmf_mixer.report.clips.suggest import write_suggest_page

    loaded = load_run(run, options or ())
    candidates = read_pool(loaded, pool)
    found = choose(loaded, candidates, count, typical, seed)
    lines = out or pool.with_name(f"{pool.stem}-next.jsonl")
    reasons = write_lines(lines, candidates.lines, found)
    if candidates.master:
        beside = pool.with_name(f"{pool.stem}-next.html")
        page = write_next_page(beside, candidates.master, candidates.lines, found)
    else:
        page = write_suggest_page(lines.with_suffix(".html"), pool.parent, candidates.lines, found, loaded.labels)
    if candidates.said:
        print(candidates.said)
    Console().print(table([str(candidates.lines[each.index]["id"]) for each in found], found))
    print(f"{len(found)} of {len(candidates.lines)} clips are in {lines}, why they were chosen in {reasons}")
    print(f"Give them labels there, or on {page}.")


def read_pool(run: "TrainedRun", path: Path) -> "Pool":
    """The candidates of either kind of file."""
    from mmf_mixer.annotate.pool import pool_of_annotation
    from mmf_mixer.interpret.pool import pool_of_lines

    return pool_of_annotation(run, path) if path.suffix == ".json" else pool_of_lines(run, path)


def choose(run: "TrainedRun", pool: "Pool", count: int, typical: bool, seed: int) -> "list[Suggestion]":
    """By what the run has learned from its own clips; or by the pool alone."""
    from mmf_mixer.interpret.views import split_views
    from mmf_mixer.labels.suggest.suggest import Known, suggest, suggest_typical
    from mmf_mixer.measures.metrics import probability_precisions

    if typical:
        return suggest_typical(pool.views, count, seed)
    known, targets, _ = split_views(run, "train")
    validation, true, _ = split_views(run, "val")
    precisions = probability_precisions(validation.scores, true)
    return suggest(pool.views, Known(known, targets, precisions), run.labels, count, seed)


def table(names: "list[str]", found: "list[Suggestion]") -> Table:
    """One line for each clip."""
    shown = Table("clip", "feed", "label", title="what to label next")
    shown.add_column("probability", justify="right")
    shown.add_column("alone")
    for name, each in zip(names, found, strict=True):
        alone = ", ".join(f"{key} {said:.2f}" for key, said in (each.opinions or {}).items())
        probability = "" if each.probability is None else f"{each.probability:.2f}"
        shown.add_row(*map(escape, (name, each.feed, each.label or "", probability, alone)))
    return shown
