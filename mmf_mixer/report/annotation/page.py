"""The page of an annotated video: one HTML file that needs no network, with the video beside it.

All that it shows comes from outside and is hostile text: it stands in the page as JSON that no markup can end, reaches
the screen as text only, and a content security policy lets nothing run or load but the page's own script and the video.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from mmf_mixer.data.timeline import FORMAT, VERSION
from mmf_mixer.errors import InputError, shown
from mmf_mixer.protocols import Json
from mmf_mixer.report.annotation.columns import window_columns
from mmf_mixer.report.drawing import colour_of
from mmf_mixer.report.html import address, embedded, environment, sealed

ROOM = "mmf_mixer.report.annotation"
LOGIC = ("times", "columns", "lanes", "edits", "order", "captions", "paths", "saving", "feeds")
DRAWING = (
    *("elements", "canvas", "timeline", "overview", "pointer", "transcript"),
    *("evidence", "panel", "filters", "player", "feeds", "keys", "page"),
)


def annotation_page(master: Mapping[str, Any], windows: Sequence[Json] = ()) -> str:
    """The whole page as text, to be written beside the video.

    Args:
        master: what the master file `NAME.json` holds.
        windows: those to label next: `start`, `end`, and what `Suggestion` has. They stand by feed.

    Raises:
        InputError: it is of another format, or its video is not named relative to the page.
    """
    if (master.get("format"), master.get("version")) != (FORMAT, VERSION):
        found = f"{shown(master.get('format'))} of version {shown(master.get('version'))}"
        raise InputError(f"the page is of a {FORMAT} of version {VERSION}, not {found}; annotate the video anew.")
    content = {
        "name": PurePosixPath(master["video"]).name,
        "source": address(master["video"]),
        "data": _data(master, windows),
        "script": script(LOGIC, "logic") + script(DRAWING, "drawing"),
        "css": (files(ROOM) / "templates" / "annotation.css").read_text(encoding="utf-8"),
    }
    return sealed(environment(ROOM).get_template("annotation.html"), content, media="'self' file: blob:")


def script(names: tuple[str, ...], part: str) -> str:
    """The page's script: `logic`, which knows no page, or `drawing`, which calls it."""
    folder = files(ROOM) / "script" / part
    return "".join((folder / f"{name}.js").read_text(encoding="utf-8") for name in names)


def _data(master: Mapping[str, Any], windows: Sequence[Json]) -> str:
    """The annotation as JSON without a sign that HTML knows: windows as columns, and what else is needed."""
    try:
        whole = json.dumps(master, sort_keys=True, allow_nan=False)
    except ValueError as error:
        raise InputError(f"the annotation holds a number that JSON does not know ({error}).") from None
    columns = window_columns(master["windows"])
    keys = dict.fromkeys(columns["modalities"])
    keys |= dict.fromkeys(key for segment in master["segments"] for key in segment["modalities"])
    keys |= dict.fromkeys(key for window in windows for key in window["opinions"] or ())
    data = {
        "key": f"mmf_mixer annotation {hashlib.sha256(whole.encode()).hexdigest()}",
        "colours": colour_of(tuple(keys)),
        "windows": columns,
        "next": list(windows),
        "master": {name: value for name, value in master.items() if name != "windows"},
    }
    return embedded(data)
