"""`mmf_mixer run`: `mmf_run` through our own door."""

from typing import Annotated

import typer


def run(options: Annotated[list[str], typer.Argument(help="config=F model=M dataset=D …, as for mmf_run")]) -> None:
    """Train, validate or test through MMF."""
    from mmf_cli.run import run as mmf_run

    mmf_run(options)
