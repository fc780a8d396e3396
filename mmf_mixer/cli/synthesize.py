"""`mmf_mixer synthesize`: the embedded sample data sets."""

from pathlib import Path
from typing import Annotated

import typer

from mmf_mixer.errors import InputError

CLIPS = {"15": 600, "55+45": 2000}  # the data sets, and how many clips each has by default


def synthesize(
    out: Annotated[Path, typer.Argument(help="The folder to make; it must not hold anything yet.")],
    labels: Annotated[
        str,
        typer.Option(
            help="15: one activity per clip, all equally frequent. 55+45: several activities and events per clip, "
            "most of them rare."
        ),
    ] = "15",
    clips: Annotated[
        int | None, typer.Option(help="How many clips; by default 600 for 15 labels and 2000 for 55+45.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files.")] = 0,
) -> None:
    """Write a sample data set: mp4 clips with captions, made so that no modality suffices alone."""
    if labels not in CLIPS:
        raise InputError(f"--labels {labels}: there is no such data set; known are {' and '.join(CLIPS)}.")
    from mmf_mixer.synthetic import activities as synthetic
    from mmf_mixer.synthetic import long_tail as synthetic_long_tail

    count = CLIPS[labels] if clips is None else clips
    write_folder = synthetic.synthesize if labels == "15" else synthetic_long_tail.synthesize
    write_folder(out, count, seed)
    print(f"{count} clips in {out}")
