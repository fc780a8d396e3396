"""What a search for captions comes to."""

import re
from typing import NamedTuple

from mmf_mixer.media.captions.spoken import Cue

LANGUAGE = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})*", re.IGNORECASE)


class Found(NamedTuple):
    """Captions. `source` is "file" (named by the user), "beside" (the video), "embedded" or "608"; `name` that of the
    file or track; `language` as it is written there."""

    source: str
    name: str
    language: str | None
    cues: tuple[Cue, ...]


class Search(NamedTuple):
    """What was found, and a sentence on what was passed over."""

    found: Found | None
    said: str | None = None


def fits(language: str | None, wanted: str | None) -> bool:
    """Whether captions of a language, or of an unknown one, are in the wanted one: "de", "deu", "ger", "de-AT" are."""
    return language is None or wanted is None or _code(language) == _code(wanted)


def _code(language: str) -> str:
    from langcodes import Language  # costs a tenth of a second, so only who compares languages pays it

    try:
        return Language.get(language).language or ""
    except ValueError:  # no tag of a language
        return language.lower()
