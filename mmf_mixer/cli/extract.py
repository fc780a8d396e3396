"""`mmf_mixer extract`: run the frozen encoders once and fill a feature store."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from mmf_mixer.cli.options import MMFOptions, old_words
from mmf_mixer.errors import InputError

OWN = ("out", "dtype")


def extract(
    options: MMFOptions = None,
    out: Annotated[Path | None, typer.Option(help="Where the store goes.")] = None,
    dtype: Annotated[
        Literal["float32", "float16"], typer.Option(help="Of the features; float16 takes half the space.")
    ] = "float32",
    fast: Annotated[
        bool, typer.Option(help="Run convolutions as this machine does it fastest, where features stay the same.")
    ] = True,
) -> None:
    """Run the model's frozen encoders once over all clips, for training with dataset=clip_features."""
    words, rest = old_words("extract", options or [], OWN)
    folder = words.get("out", out)
    if not folder:
        raise InputError("extract: say where the store goes, with --out DIR.")
    from mmf_mixer.extraction import extract as fill_store

    manifest = fill_store(rest, Path(folder), words.get("dtype", dtype), fast).manifest
    clips, size = sum(manifest.clips.values()), sum(shard.bytes for shard in manifest.shards)
    print(f"{clips} clips, {', '.join(manifest.modalities)}: {size / 2**20:.0f} MB in {folder}")
