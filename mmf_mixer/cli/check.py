"""`mmf_mixer check`: what is wrong with a dataset folder."""

import json as json_format
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from mmf_mixer.labels.check.finding import Finding, Report

NAMED = 3  # findings of a kind that the table shows


def check(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A dataset folder.")],
    json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
    decode: Annotated[bool, typer.Option(help="Open every media file and decode every clip's window.")] = True,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes that decode (default: one per processor).")] = None,
    out: Annotated[Path | None, typer.Option(help="Also write a page, such as check.html.")] = None,
) -> None:
    """Say what is wrong with a dataset folder; 2 if a training would refuse any of it, 1 if some is odd, 0 if fine."""
    from mmf_mixer.labels.check.check import check as check_folder
    from mmf_mixer.report.check.page import write_page

    report = check_folder(folder, decode, jobs or os.cpu_count() or 1)
    page = None if out is None else write_page(out, report)
    if json:
        print(json_format.dumps(report.written(), indent=1))
    else:
        show(report, Console())
        if page:
            print(f"Look at {page}.")
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def show(report: "Report", console: Console) -> None:
    """Print counts by kind, with the first few of each."""
    if report.findings:
        console.print(finding_table(report))
    held = ", ".join(f"{count} in {split}" for split, count in report.clips.items())
    unseen = "" if report.decoded else "; media were not decoded"
    found = f"{len(report.findings)} findings" if report.findings else "Nothing is wrong"
    console.print(f"{found}. Clips that can be read: {held}{unseen}.", highlight=False)


def finding_table(report: "Report") -> Table:
    """One section for each kind of finding."""
    table = Table("kind", "", "found", "the first of them")
    table.columns[2].justify = "right"
    for (kind, severity), count in report.counts.items():
        of_kind = [finding for finding in report.of(kind) if finding.severity == severity]
        named = [told(finding) for finding in of_kind[:NAMED]]
        more = [f"and {count - NAMED} more"] if count > NAMED else []
        table.add_row(kind, severity, str(count), escape("\n".join([*named, *more])), end_section=True)
    return table


def told(finding: "Finding") -> str:
    """A finding as one sentence."""
    place = ", ".join(filter(None, (finding.place, finding.clip and f"clip {finding.clip}")))
    sentence = "; ".join(filter(None, (finding.sentence, finding.remedy)))
    return ": ".join(filter(None, (place, f"{sentence}.")))
