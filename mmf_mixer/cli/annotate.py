"""`mmf_mixer annotate`: whole videos in, labelled timelines out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from mmf_mixer.cli.options import RunFolder
from mmf_mixer.errors import InputError

if TYPE_CHECKING:
    from mmf_mixer.annotate.folder import Result


def annotate(
    run: RunFolder,
    videos: Annotated[
        list[str], typer.Argument(metavar="VIDEO…", help="Files or folders; then options of MMF, as NAME=VALUE.")
    ],
    captions: Annotated[
        Path | None, typer.Option(help="Captions of the one video (default: as they are found).")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Of captions that are found, such as en.")] = None,
    window: Annotated[float, typer.Option(min=0.1, help="Seconds that are looked at together.")] = 3.0,
    stride: Annotated[float, typer.Option(min=0.05, help="Seconds from window to window.")] = 1.0,
    unit: Annotated[Literal["window", "shot"], typer.Option(help="shot: one window for each shot.")] = "window",
    out: Annotated[Path, typer.Option(help="Where the results go.")] = Path("annotations"),
    export: Annotated[str, typer.Option(help="Formats with commas between them, all, or none.")] = "all",
) -> None:
    """Label whole videos: NAME.json, a page NAME.html to look through and correct, and exports for other tools."""
    from mmf_mixer.annotate.annotator import Annotator
    from mmf_mixer.annotate.exports.registry import named
    from mmf_mixer.annotate.folder import Settings, annotate_all, videos_in

    options = [word for word in videos if "=" in word and not Path(word).exists()]
    found = videos_in([Path(word) for word in videos if word not in options])
    if captions and len(found) > 1:
        raise InputError(f"annotate: --captions are of one video, and there are {len(found)}; leave it out.")
    formats = named(export)
    annotator, settings = Annotator.load(run, options), Settings(window, stride, unit, language)
    results: list[Result] = []
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns) as bars:
        tasks = {video: bars.add_task(video.name, total=None, start=False) for video in found}

        def progress(video: Path, done: float, whole: float) -> None:
            bars.start_task(tasks[video])
            bars.update(tasks[video], completed=done, total=whole)

        for result in annotate_all(annotator, found, out, settings, captions, formats, progress):
            results.append(result)
            bars.update(tasks[result.video], completed=1, total=1)
    Console().print(summary(results))
    for result in results:
        for sentence in result.said:
            print(sentence)
    if failed := sum(result.annotation is None for result in results):
        raise InputError(f"{failed} of {len(results)} videos could not be annotated; the others are in {out}.")


def summary(results: "list[Result]") -> Table:
    """One line for each video."""
    table = Table()
    for heading in ("video", "length", "segments", "result"):
        table.add_column(heading, justify="right" if heading in ("length", "segments") else "left", overflow="fold")
    for video, master, annotation, _, earlier in results:
        if annotation is None:
            table.add_row(video.name, "", "", "failed")
        else:
            length = f"{annotation.duration / 60:.1f} min"
            page = str(master.with_suffix(".html")) + (" (was there)" if earlier else "")
            table.add_row(video.name, length, str(len(annotation.segments)), page)
    return table
