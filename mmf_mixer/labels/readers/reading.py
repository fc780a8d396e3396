"""What several readers need: JSON and XML, times, labels, splits, addresses; one sentence for what is wrong."""

import json
import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from mmf_mixer.annotate.exports.writing import one_line
from mmf_mixer.data.folder import LABELS
from mmf_mixer.data.letters import letters
from mmf_mixer.errors import LONGEST, InputError, shown
from mmf_mixer.limits import LAST_SECOND, SOURCE_BYTES, content, decoded

SPLIT_WORDS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}


def files_below(folder: Path) -> list[Path]:
    """All files in a folder, by path, but hidden ones and those of dataset folders, such as earlier imports."""
    found = []
    for place, folders, names in os.walk(folder):
        if LABELS in names and Path(place) != folder:
            folders.clear()
            continue
        folders[:] = (name for name in folders if not name.startswith("."))
        found += [Path(place, name) for name in names if not name.startswith(".")]
    return sorted(path for path in found if path.is_file())


@contextmanager
def written_by(tool: str, path: Path) -> Iterator[None]:
    """What goes wrong inside, because the file is not as the tool writes it, becomes an InputError."""
    try:
        yield
    except InputError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else f"{error}"
        raise InputError(
            f"{path}: is not as {tool} writes it ({one_line(reason)[:LONGEST]}); export it anew."
        ) from None


def json_of(path: Path) -> Any:
    """The content of a JSON file. Raises InputError if it is none."""
    try:
        return json.loads(decoded(path, content(path, SOURCE_BYTES)))
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{path}: is no JSON ({error}); export it anew.") from None


def xml_of(path: Path) -> Element:
    """The root of an XML file. Raises InputError if it is none, or declares entities, by which a few lines can become a
    billion or other files be read."""
    builder, parser = TreeBuilder(), expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise InputError(f"{path}: has a DOCTYPE, which labels have no use for; take it out.")

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(content(path, SOURCE_BYTES), True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the latter two: encodings that expat lacks
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: is no XML ({error}); export it anew.") from None
    return builder.close()


def label_of(written: object) -> str:
    """A label as it may stand in a dataset folder: on one line, in one form of Unicode. Raises ValueError if it is no
    text."""
    if not isinstance(written, str):
        raise ValueError(f"label {shown(written)} is no text")
    return letters(one_line(written)).strip()


def seconds(value: object) -> float:
    """A time: a number, or text such as "61.5" and "00:01:01.5". Raises ValueError if it is none."""
    if isinstance(value, str) and re.fullmatch(r"\s*(\d+:){1,2}[0-5]?\d([.,]\d+)?\s*", value):
        *larger, last = value.split(":")
        found = float(last.replace(",", ".")) + sum(
            60.0**power * int(part) for power, part in enumerate(larger[::-1], 1)
        )
    elif isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{shown(value)} is no time")
    else:
        try:
            found = float(value)
        except (ValueError, OverflowError):
            raise ValueError(f"{shown(value)} is no time") from None
    if not math.isfinite(found) or abs(found) > LAST_SECOND:
        raise ValueError(f"{shown(value)} is no time in seconds")
    return found


def frames_to_seconds(frames: list[Any], rate: Fraction) -> tuple[float, float]:
    """Start and end of the first and the last frame, which count from 1. Raises ValueError if they are no numbers."""
    first, last = frames
    if any(isinstance(frame, bool) or not isinstance(frame, int) for frame in frames):
        raise ValueError(f"{shown(frames)} are no numbers of frames")
    if rate <= 0:
        raise ValueError(f"{rate} is no number of frames a second")
    return float((first - 1) / rate), float(last / rate)


def split_of(words: object) -> str | None:
    """The split that a word, or a word in a file's name, stands for."""
    found = {SPLIT_WORDS[word] for word in re.split(r"[^a-z]+", str(words).lower()) if word in SPLIT_WORDS}
    return found.pop() if len(found) == 1 else None


def path_of(address: str) -> str:
    """The path in an address of a file; what has no scheme is one already, and may be percent-encoded or not."""
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+://", address):
        return unquote(urlsplit(address).path)
    if "/local-files/?d=" in address:  # Label Studio's
        return parse_qs(urlsplit(address).query).get("d", [address])[0]
    return address
