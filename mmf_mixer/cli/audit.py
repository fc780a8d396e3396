"""`mmf_mixer audit`: which labels look wrong."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mmf_mixer.cli.options import OtherOptions, RunFolder
from mmf_mixer.data.folder import root_of
from mmf_mixer.errors import InputError

if TYPE_CHECKING:
    from mmf_mixer.labels.audit.audit import Audit, Suspect


def audit(
    run: RunFolder,
    options: OtherOptions = None,
    out: Annotated[
        Path | None, typer.Option(help="The file of the result (default: RUN/audit.json); with --apply, a new folder.")
    ] = None,
    split: Annotated[Literal["train", "val", "test"], typer.Option(help="Whose labels are looked at.")] = "train",
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="How many are listed.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same list.")] = 0,
    apply: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a dataset folder with the corrections that its page saved."),
    ] = None,
) -> None:
    """List labels that look wrong, and tracks that contradict them: first those that a second look is worth most."""
    if apply:
        return correct(run, options or (), apply, out)
    from mmf_mixer.interpret.run import load_run
    from mmf_mixer.interpret.views import split_views
    from mmf_mixer.labels.audit.audit import audit as audited
    from mmf_mixer.report.clips.audit import write_audit_page

    loaded = load_run(run, options or ())
    views, targets, clips = split_views(loaded, split)
    found = audited(views, targets, loaded.labels, [clip.id for clip in clips], count, seed)
    path = out or run / "audit.json"
    found.write(path)
    console = Console()
    console.print(table(found.labels, f"labels that look wrong, of {found.clips} clips of the {split} split"))
    console.print(table(found.tracks, "tracks that contradict a label that looks right"))
    if found.by_from:
        console.print(from_table(found))
    page = write_audit_page(path.with_suffix(".html"), found, clips, loaded.labels, split)
    print(f"the audit is in {path}; look through it on {page}")


def correct(run: Path, options: Sequence[str], corrections: Path, out: Path | None) -> None:
    """Make a new version of the run's dataset folder."""
    from mmf_mixer.interpret.model import run_config
    from mmf_mixer.labels.audit.corrections import corrected_folder

    if out is None:
        raise InputError("audit: --apply makes a new dataset folder; name it with --out.")
    config = run_config(run, options)
    root = root_of(config.dataset_config[config.datasets].root)
    changes, evidence, left = corrected_folder(root, corrections, out)
    print("\n".join(changes))
    count = sum(line.startswith("-") for line in changes)
    print(f"{out}: {count} line{'s' if count != 1 else ''} changed or left out")
    if evidence:
        print(f"{out}/evidence.jsonl says nothing of {evidence} of them any longer")
    if left:
        print(f"not in it, but in {root}: {', '.join(left)}")


def table(suspects: "list[Suspect]", title: str) -> Table:
    """One line for each."""
    shown = Table("clip", "label", "rather", "fault", "alone", title=title)
    shown.add_column("doubt", justify="right")
    for each in suspects:
        label = each.label if each.given else f"lacks {each.label}"
        alone = ", ".join(f"{key}: {said}" for key, said in each.modalities.items())
        cells = (each.clip, label, each.instead or "", each.fault, alone, f"{each.doubt:.2f}")
        shown.add_row(*map(escape, cells))
    return shown


def from_table(found: "Audit") -> Table:
    """One line for the labels that were made from the same senses."""
    shown = Table("labels from", "groups", title="suspects by what their labels were made from")
    for name in ("labels given", "look wrong", "tracks"):
        shown.add_column(name, justify="right")
    for each in found.by_from:
        counts = map(str, (each.given, each.labels, each.tracks))
        shown.add_row(" + ".join(each.made_from) or "not said", escape(", ".join(each.groups)), *counts)
    return shown
