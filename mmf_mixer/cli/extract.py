"""`mmf_mixer extract`: run the frozen encoders once and fill a feature store."""

from pathlib import Path
from typing import Annotated

import typer

from mmf_mixer.errors import InputError

OWN = ("out=", "dtype=")


def extract(
    options: Annotated[
        list[str],
        typer.Argument(
            help="config=F model=M dataset=clips out=DIR, dtype=float16 for half the size, and any other MMF option."
        ),
    ],
) -> None:
    """Run the model's frozen encoders once over all clips, for training with dataset=clip_features."""
    own = dict(option.split("=", 1) for option in options if option.startswith(OWN))
    if not own.get("out"):
        raise InputError("extract: say where the store goes, with out=DIR.")
    from mmf_mixer.extraction import extract as fill_store

    rest = [option for option in options if not option.startswith(OWN)]
    manifest = fill_store(rest, Path(own["out"]), own.get("dtype", "float32")).manifest
    clips, size = sum(manifest.clips.values()), sum(shard.bytes for shard in manifest.shards)
    print(f"{clips} clips, {', '.join(manifest.modalities)}: {size / 2**20:.0f} MB in {own['out']}")
