"""`mmf_mixer synthesize`: the embedded sample data set."""

from pathlib import Path
from typing import Annotated

import typer


def synthesize(
    out: Annotated[Path, typer.Argument(help="The folder to make; it must not hold anything yet.")],
    clips: Annotated[int, typer.Option(help="How many clips, at least 45.")] = 600,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files.")] = 0,
) -> None:
    """Write a sample data set: 15 activities as mp4 clips with captions, made so that no modality suffices alone."""
    from mmf_mixer.datasets.synthetic import synthesize as write_folder

    write_folder(out, clips, seed)
    print(f"{clips} clips in {out}")
