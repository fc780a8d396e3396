"""`mmf_mixer synthesize`: the embedded sample data sets, and one of captions that belong to their clips or not."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from mmf_mixer.errors import InputError

CLIPS = {"15": 600, "55+45": 2000, "together": 576}  # the data sets, and how many clips each has by default


def synthesize(
    out: Annotated[Path, typer.Argument(help="The folder to make; it must not hold anything yet.")],
    labels: Annotated[
        Literal["15", "55+45", "together"] | None,
        typer.Option(
            help="15 (the default): one activity per clip. 55+45: several activities and events, most of them rare. "
            "together: questions that are answered by comparing modalities."
        ),
    ] = None,
    clips: Annotated[
        int | None, typer.Option(help="How many clips (default: 600 for 15 labels, 2000 for 55+45, 576 for together).")
    ] = None,
    mismatch: Annotated[
        Path | None,
        typer.Option(help="A dataset folder: make one of its clips, in which half have captions of another clip."),
    ] = None,
    exchange: Annotated[
        Literal["caption", "sound"], typer.Option(help="With --mismatch: what half of the clips have of another.")
    ] = "caption",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files.")] = 0,
) -> None:
    """Write a sample data set: mp4 clips with captions, made so that no modality suffices alone."""
    from mmf_mixer.synthetic import activities, long_tail, together
    from mmf_mixer.synthetic.mismatch import mismatch as make_mismatched

    if mismatch is not None:
        if labels or clips is not None:
            raise InputError("synthesize: --mismatch takes the clips of its folder; leave out --labels and --clips.")
        count, left = make_mismatched(mismatch, out, exchange, seed)
        print(f"{count} clips in {out}, half of them with the {exchange} of another; left out: {left}")
        return
    if exchange != "caption":
        raise InputError("synthesize: --exchange is for --mismatch; name the dataset folder with it.")
    chosen = labels or "15"
    count = CLIPS[chosen] if clips is None else clips
    makers = {"15": activities.synthesize, "55+45": long_tail.synthesize, "together": together.synthesize}
    makers[chosen](out, count, seed)
    print(f"{count} clips in {out}")
