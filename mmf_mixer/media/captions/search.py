"""Where a video's captions are: in a file that is named, in one beside it, in a track of text, or in its pictures."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from mmf_mixer.limits import opened
from mmf_mixer.media.captions.closed import closed_captions
from mmf_mixer.media.captions.embedded import embedded
from mmf_mixer.media.captions.found import LANGUAGE, Found, Search, fits
from mmf_mixer.media.captions.reader import FORMATS, cues

FULL, SOUNDS, FORCED = range(3)  # all that is said; sounds too; only what is said in foreign languages
KINDS = {"default": FULL, "sdh": SOUNDS, "cc": SOUNDS, "hi": SOUNDS, "forced": FORCED}
HINDI = "hi"  # unless it comes after a language
NAMESPACES = (b"/ns/ttml", b"/ttaf1")  # of TTML
BEGINNING = 4096  # bytes


class _Tags(NamedTuple):
    language: str | None
    kind: int


def find_captions(video: Path, named: Path | None = None, language: str | None = None) -> Search:
    """The captions of a video: the file that is `named`; else one beside it; else a track inside it; else CEA-608.

    A file beside it has its name, then perhaps a language and what it is for: `match.srt`, `match.en.vtt`,
    `match.eng.forced.ttml`. Full captions come before those for the hard of hearing (`sdh`, `cc`, `hi`) and `forced`
    ones; then those that state the wanted `language`, or none if none is wanted; then the order of `FORMATS`, and of
    names. What is in another language than the wanted one is passed over. Raises InputError for what cannot be read.
    """
    if named is not None:
        tags = named.stem.split(".")[1:]
        described = next(filter(None, (_tags(tags[first:]) for first in range(len(tags)))), None)
        return Search(Found("file", str(named), described and described.language, tuple(cues(named))))
    beside = dict(_beside(video, video.parent.iterdir() if video.parent.is_dir() else ()))
    fitting = [path for path, tags in beside.items() if fits(tags.language, language)]
    if fitting:
        best = min(fitting, key=lambda path: _rank(path, beside[path], language))
        return Search(Found("beside", best.name, beside[best].language, tuple(cues(best))))
    inside = embedded(video, language)
    found = inside.found or closed_captions(video)
    passed_over = f"{video}: none of the captions beside it are in {language}." if beside else None
    return Search(found, inside.said or passed_over)


def captions_beside(video: Path, among: Iterable[Path]) -> list[Path]:
    """Of some files beside a video its captions, in the order of `find_captions`, which reads the first of them."""
    beside = dict(_beside(video, among))
    return sorted(beside, key=lambda path: _rank(path, beside[path], None))


def _beside(video: Path, among: Iterable[Path]) -> Iterator[tuple[Path, _Tags]]:
    for path in among:
        rest = path.stem.removeprefix(video.stem)
        if path.suffix.lower() in FORMATS and path.stem.startswith(video.stem) and rest[:1] in ("", "."):
            tags = _tags(rest.split(".")[1:])
            if tags and path != video and path.is_file() and _holds_captions(path):
                yield path, tags


def _tags(tags: list[str]) -> _Tags | None:
    """What the parts of a name say; None if they say something else."""
    language, kind = None, FULL
    for tag in tags:
        if (named := KINDS.get(tag.lower())) is not None and (language or tag.lower() != HINDI):
            kind = max(kind, named)
        elif language is None and LANGUAGE.fullmatch(tag):
            language = tag
        else:
            return None
    return _Tags(language, kind)


def _holds_captions(path: Path) -> bool:
    """Cameras and editors write XML of their own beside a video."""
    if path.suffix.lower() != ".xml":
        return True
    with opened(path) as file:
        beginning = file.read(BEGINNING)
    return any(namespace in beginning for namespace in NAMESPACES)


def _rank(path: Path, tags: _Tags, language: str | None) -> tuple[int, bool, int, str]:
    stated = tags.language is not None
    return tags.kind, stated is (language is None), list(FORMATS).index(path.suffix.lower()), path.name
