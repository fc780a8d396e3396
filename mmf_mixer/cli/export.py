"""`mmf_mixer export`: an annotation, corrected or not, in the formats of other tools."""

from pathlib import Path
from typing import Annotated

import typer

from mmf_mixer.errors import InputError


def export(
    annotations: Annotated[list[Path], typer.Argument(metavar="NAME.json…", help="What annotate or its page saved.")],
    to: Annotated[str, typer.Option(help="Formats with commas between them, or all.")] = "all",
    out: Annotated[Path | None, typer.Option(help="Where the files go (default: beside each).")] = None,
) -> None:
    """Write annotations, also those corrected in the page, in the formats of other tools."""
    from mmf_mixer.annotate.annotation import Annotation
    from mmf_mixer.annotate.exports.registry import named
    from mmf_mixer.annotate.folder import write_exports

    formats = named(to)
    for path in annotations:
        folder = out or path.parent
        folder.mkdir(parents=True, exist_ok=True)
        refused = list(write_exports(Annotation.read(path), folder, path.stem, formats))
        print(f"{len(formats) - len(refused)} exports of {path.name} are in {folder}")
        for sentence in refused:
            print(sentence)
        if refused and to != "all":
            raise InputError(f"export: {path} could not be written as asked; see above.")
