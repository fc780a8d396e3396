"""`mmf_mixer synthesize`: the embedded sample data sets."""

from pathlib import Path
from typing import Annotated, Literal

import typer

CLIPS = {"15": 600, "55+45": 2000, "together": 576}  # the data sets, and how many clips each has by default


def synthesize(
    out: Annotated[Path, typer.Argument(help="The folder to make; it must not hold anything yet.")],
    labels: Annotated[
        Literal["15", "55+45", "together"],
        typer.Option(
            help="15: one activity per clip. 55+45: several activities and events, most of them rare. "
            "together: questions that are answered by comparing modalities."
        ),
    ] = "15",
    clips: Annotated[
        int | None, typer.Option(help="How many clips (default: 600 for 15 labels, 2000 for 55+45, 576 for together).")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files.")] = 0,
) -> None:
    """Write a sample data set: mp4 clips with captions, made so that no modality suffices alone."""
    from mmf_mixer.synthetic import activities, long_tail, together

    count = CLIPS[labels] if clips is None else clips
    makers = {"15": activities.synthesize, "55+45": long_tail.synthesize, "together": together.synthesize}
    makers[labels](out, count, seed)
    print(f"{count} clips in {out}")
