"""`mmf_mixer doctor`: what is installed, what is mended, what would fail."""

import json as json_format
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from mmf_mixer.protocols import Json


def doctor(json: Annotated[bool, typer.Option("--json", help="Print it all as JSON.")] = False) -> None:
    """Say which MMF, libraries and device were found, what is mended, and what would fail; 1 if anything would."""
    from mmf_mixer.doctor import diagnose

    found = diagnose()
    if json:
        print(json_format.dumps(found, indent=2))
    else:
        show(found, Console())
    if found["problems"]:
        raise typer.Exit(1)


def show(found: Json, console: Console) -> None:
    """Print a diagnosis for people."""
    mmf = found["mmf"]
    console.print(f"mmf_mixer {found['mmf_mixer']} on Python {found['python']}, device: {found['device']}")
    console.print(
        f"MMF {mmf['version']}, the {mmf['release']} release, in {mmf['folder']}" if mmf["folder"] else "no MMF"
    )
    console.print(", ".join(f"{name} {version or 'missing'}" for name, version in found["libraries"].items()))
    mended = [mend for mend in found["mends"] if mend["state"] == "mended"]
    table = Table("mended", "why")
    for mend in mended:
        table.add_row(mend["name"], mend["why"])
    console.print(table)
    waiting = sum(mend["state"] == "waiting" for mend in found["mends"])
    console.print(f"{len(found['mends']) - len(mended) - waiting} more mends are not needed here.")
    console.print(f"{waiting} wait for parts of MMF that nothing has imported.")
    for kind in ("problems", "hints"):
        for finding in found[kind]:
            console.print(f"{kind[:-1]}: {finding['what']} Fails: {finding['fails']}. Fix: {finding['fix']}")
    if not found["problems"]:
        console.print("Nothing would fail.")
