"""`mmf_mixer extract`: run the frozen encoders once and fill a feature store."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mmf_mixer.cli.options import MMFOptions, old_words
from mmf_mixer.errors import InputError

if TYPE_CHECKING:
    from mmf_mixer.store.manifest import Manifest

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
    part: Annotated[
        str, typer.Option(help="A share of the work, as 1/4, or auto under torchrun or SLURM; then `mmf_mixer join`.")
    ] = "1/1",
) -> None:
    """Run the model's frozen encoders once over all clips, for training with dataset=clip_features."""
    words, rest = old_words("extract", options or [], OWN)
    folder = words.get("out", out)
    if not folder:
        raise InputError("extract: say where the store goes, with --out DIR.")
    from mmf_mixer.extraction import fill
    from mmf_mixer.store.parts import Part

    share = Part.read(part, os.environ)
    place = share.folder(Path(folder)) if share.count > 1 else Path(folder)
    tell(fill(rest, place, words.get("dtype", dtype), share, fast), place)
    if share.count > 1:
        print(f"part {share.number} of {share.count}; when all are there: mmf_mixer join {folder}")


def join(
    stores: Annotated[list[Path], typer.Argument(metavar="[STORES…] OUT", help="Parts (default: all in OUT).")],
) -> None:
    """Make one feature store of the parts that processes or machines have extracted."""
    from mmf_mixer.store.parts import join as joined
    from mmf_mixer.store.parts import parts_in

    *parts, out = stores
    tell(joined(parts or parts_in(out), out), out)


def tell(manifest: "Manifest", place: Path) -> None:
    """Print what is in a store."""
    clips, size = (sum(getattr(shard, name) for shard in manifest.shards) for name in ("count", "bytes"))
    print(f"{clips} clips, {', '.join(manifest.modalities)}: {size / 2**20:.0f} MB in {place}")
