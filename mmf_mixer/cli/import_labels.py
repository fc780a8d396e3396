"""`mmf_mixer import`: labels of other tools in, a dataset folder out."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from mmf_mixer.errors import InputError, shown

Kind = Literal["elan", "label_studio", "via", "fiftyone", "activitynet", "csv", "folders", "annotation", "features"]


def import_labels(
    kind: Annotated[Kind, typer.Argument(help="What wrote the labels.")],
    source: Annotated[Path, typer.Argument(help="A file of labels, or a folder with such files.")],
    out: Annotated[Path, typer.Argument(help="The dataset folder to make; it must not hold anything yet.")],
    media: Annotated[Path | None, typer.Option(help="Folder that holds the media (default: that of SOURCE).")] = None,
    group: Annotated[str, typer.Option(help="The group of labels that are written without one.")] = "label",
    exclusive: Annotated[
        list[str] | None, typer.Option(help="A group of which one label holds at a time; may be repeated.")
    ] = None,
    window: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds of each line (default: as each label's stretch).")
    ] = None,
    stride: Annotated[float | None, typer.Option(min=0.05, help="Seconds from window to window.")] = None,
    columns: Annotated[str, typer.Option(help="csv: names of columns, as start=onset,end=offset.")] = "",
    tiers: Annotated[str, typer.Option(help="elan: only these, with commas between them.")] = "",
    frame_rate: Annotated[str, typer.Option(help="Of labels in frames, such as 25 or 30000/1001.")] = "",
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Take predictions that nobody has checked.")] = False,
    copy: Annotated[bool, typer.Option("--copy", help="Copy the media instead of linking them.")] = False,
    labels: Annotated[str | None, typer.Option(help="features: CSV with id, label, split; or a field.")] = None,
    edges: Annotated[str, typer.Option(help="features: numbers between classes, as -0.5,0.5.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same splits.")] = 0,
) -> None:
    """Make a dataset folder of labels of another tool. Nothing is cut: a line is a window of its file."""
    of_media = {"media": media, "window": window, "stride": stride, "columns": columns, "tiers": tiers}
    of_media |= {"frame-rate": frame_rate, "unchecked": unchecked, "copy": copy}
    others = of_media if kind == "features" else {"labels": labels, "edges": edges}
    if given := next((name for name, value in others.items() if value), None):
        whose = "the other kinds" if kind == "features" else "features"
        raise InputError(f"import {kind}: --{given} is of {whose}; leave it out.")
    if kind == "features":
        features(source, out, labels, group, exclusive or [], numbers(edges), seed)
        return
    from mmf_mixer.labels.imports.folder import REPORT, import_labels
    from mmf_mixer.labels.imports.settings import Settings

    settings = Settings(media, group, tuple(exclusive or ()), window, stride, unchecked, copy, seed)
    report = import_labels(
        kind,
        source,
        out,
        settings,
        columns=pairs(columns),
        tiers=tuple(filter(None, tiers.split(","))),
        frame_rate=rate(frame_rate),
    )
    show(report, Console())
    print(f"{out} is a dataset folder; {out / REPORT} tells all of this.")


def features(
    source: Path, out: Path, labels: str | None, group: str, exclusive: list[str], edges: list[float], seed: int
) -> None:
    """Make a dataset folder of arrays, with a store and a config."""
    from mmf_mixer.feature_import import CONFIG, import_features
    from mmf_mixer.labels.imports.folder import REPORT

    report = import_features(source, out, labels, group, exclusive, edges, seed)
    for key, shape in report["modalities"].items():
        print(f"{key}: {shape['tokens']} tokens of {shape['width']} features")
    show(report, Console())
    print(f"{out} is a dataset folder; {out / REPORT} tells all of this. Train with")
    print(f"mmf_run config={out / CONFIG} model=mmf_mixer dataset=clip_features")


def numbers(text: str) -> list[float]:
    """The ascending numbers of "-0.5,0.5". Raises InputError for what is none."""
    try:
        found = [float(part) for part in filter(None, text.split(","))]
    except ValueError:
        found = [0.0, 0.0]
    if any(low >= high for low, high in pairwise(found)):
        raise InputError(f"--edges: {shown(text)} are no ascending numbers; write -0.5,0.5.")
    return found


def pairs(text: str) -> dict[str, str]:
    """The pairs of "a=b,c=d". Raises InputError for what is none."""
    found = [part.partition("=") for part in filter(None, text.split(","))]
    if wrong := [name for name, equals, value in found if not (name and value)]:
        raise InputError(f"--columns: {shown(wrong[0])} is not of the form video=NAME.")
    return {name.strip(): value.strip() for name, _, value in found}


def rate(text: str) -> Fraction | None:
    """Frames per second. Raises InputError for what is none."""
    try:
        found = Fraction(text) if text else None
        if found is None or found > 0:
            return found
    except (ValueError, ZeroDivisionError):
        pass
    raise InputError(f"--frame-rate: {shown(text)} is none; write 25 or 30000/1001.")


def show(report: dict[str, Any], console: Console) -> None:
    """Print what came about, and what was left out."""
    table = Table()
    for heading in ("split", "files", "lines"):
        table.add_column(heading, justify="left" if heading == "split" else "right")
    for split, counts in report["written"].items():
        table.add_row(split, str(counts["files"]), str(counts["lines"]))
    console.print(table)
    if read := report.get("read"):
        print(f"Read {read['segments']} segments of {read['recordings']} recordings.")
    print(f"Splits: {report['splits']}.")
    for key, heading in (("left_out", "left out"), ("noted", "noted")):
        for one in report[key]:
            print(f"{heading}: {one['count']} x {one['reason']} (first: {one['first']})")
