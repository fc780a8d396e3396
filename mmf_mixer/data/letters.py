"""Letters that look alike: an accented one may be written as one sign or as two, by the form of Unicode that is used.

Ids, labels and names of files in two forms are two to a computer and one to a person. They are told apart, and said.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeGuard
from unicodedata import normalize

from mmf_mixer.errors import CONTROL

FORM = "the same letters in another Unicode form"


def is_name(value: object) -> TypeGuard[str]:
    """Whether it is text, on one line."""
    return isinstance(value, str) and value != "" and not CONTROL.search(value)


def letters(name: str) -> str:
    """The name in one form, by which all of its forms are the same (NFC)."""
    return normalize("NFC", name)


def twin(name: str, known: Iterable[str]) -> str | None:
    """Of the known names the one that has the same letters in another form."""
    return next((other for other in known if other != name and letters(other) == letters(name)), None)


def twin_file(path: str) -> bool:
    """Whether the folder of `path` has a file whose name has the same letters in another form."""
    place = Path(path)
    return (
        not path.isascii()
        and place.parent.is_dir()
        and bool(twin(place.name, (entry.name for entry in place.parent.iterdir())))
    )
