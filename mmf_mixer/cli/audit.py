"""`mmf_mixer audit`: which labels look wrong."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from mmf_mixer.cli.options import OtherOptions, RunFolder

if TYPE_CHECKING:
    from mmf_mixer.labels.audit.audit import Suspect


def audit(
    run: RunFolder,
    options: OtherOptions = None,
    out: Annotated[Path | None, typer.Option(help="The file of the result (default: RUN/audit.json).")] = None,
    split: Annotated[Literal["train", "val", "test"], typer.Option(help="Whose labels are looked at.")] = "train",
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="How many are listed.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same list.")] = 0,
) -> None:
    """List labels that look wrong, and tracks that contradict them: first those that a second look is worth most."""
    from mmf_mixer.interpret.run import load_run
    from mmf_mixer.interpret.views import split_views
    from mmf_mixer.labels.audit.audit import audit as audited

    loaded = load_run(run, options or ())
    views, targets, clips = split_views(loaded, split)
    found = audited(views, targets, loaded.labels, [clip.id for clip in clips], count, seed)
    path = out or run / "audit.json"
    found.write(path)
    console = Console()
    console.print(table(found.labels, f"labels that look wrong, of {found.clips} clips of the {split} split"))
    console.print(table(found.tracks, "tracks that contradict a label that looks right"))
    print(f"the audit is in {path}")


def table(suspects: "list[Suspect]", title: str) -> Table:
    """One line for each."""
    shown = Table("clip", "label", "rather", "fault", "alone", title=title)
    shown.add_column("doubt", justify="right")
    for each in suspects:
        label = each.label if each.given else f"lacks {each.label}"
        alone = ", ".join(f"{key}: {said}" for key, said in each.modalities.items())
        shown.add_row(each.clip, label, each.instead or "", each.fault, alone, f"{each.doubt:.2f}")
    return shown
