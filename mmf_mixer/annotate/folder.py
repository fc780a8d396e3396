"""Many videos: one result each in a folder, what is finished is kept, what fails is told at the end."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from mmf_mixer.annotate.annotation import Annotation
from mmf_mixer.annotate.annotator import Annotator, Unit, captions_of, settings_of
from mmf_mixer.annotate.exports.registry import EXPORTS
from mmf_mixer.annotate.windows import STRIDE, WINDOW
from mmf_mixer.errors import InputError
from mmf_mixer.files import write_text
from mmf_mixer.media.captions import find_captions
from mmf_mixer.media.suffixes import VIDEO

Progress = Callable[[Path, float, float], None]  # video, seconds that are done, seconds in all


@dataclass(frozen=True)
class Settings:
    """`window` and `stride` are seconds; with the `unit` "shot" there is one window for each shot; `language` is that
    of captions, where there are several."""

    window: float = WINDOW
    stride: float = STRIDE
    unit: Unit = "window"
    language: str | None = None


class Result(NamedTuple):
    """What became of a video: `said` is why it failed, or what else to know; `earlier`, whether it was there before."""

    video: Path
    master: Path
    annotation: Annotation | None
    said: tuple[str, ...]
    earlier: bool = False


def videos_in(paths: Sequence[Path]) -> list[Path]:
    """Files as they are named, and all videos of folders, by name. Raises InputError for what is not there, a folder
    without any, and two videos of one name, whose results would overwrite each other."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.suffix.lower() in VIDEO and each.is_file())
            if not inside:
                raise InputError(f"{path}: holds no video; name one, or a folder of files such as .mp4 and .mkv.")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise InputError(f"{path}: there is no such file; correct the path.")
    found = list(dict.fromkeys(found))
    name, count = Counter(path.stem for path in found).most_common(1)[0]
    if count > 1:
        same = ", ".join(str(path) for path in found if path.stem == name)
        raise InputError(f"{same}: their results would all be called {name}; annotate them with an --out each.")
    return found


def annotate_all(
    annotator: Annotator,
    videos: Sequence[Path],
    out: Path,
    settings: Settings,
    captions: Path | None,
    exports: Sequence[str],
    progress: Progress,
) -> Iterator[Result]:
    """Annotate each video into `out`: `NAME.html`, the exports, and last, so that it says that all is there,
    `NAME.json`. What is there by the same run, settings and captions is kept; a video that was stopped half way is gone
    on with, from `NAME.part/`. A video that cannot be read does not stop the others."""
    for video in videos:
        master, part = out / f"{video.stem}.json", out / f"{video.stem}.part"
        try:
            earlier = _finished(annotator, video, master, settings, captions)
            made = earlier or annotator.annotate(
                video, captions, **asdict(settings), beside=out, progress=partial(progress, video), keep=part
            )
            out.mkdir(parents=True, exist_ok=True)
            missing = [kind for kind in exports if not earlier or not export_of(master, kind).exists()]
            said = made.notes + tuple(write_exports(made, out, video.stem, missing))
            if not earlier:
                made.save(out, video.stem)
            shutil.rmtree(part, ignore_errors=True)
            yield Result(video, master, made, said, earlier is not None)
        except InputError as error:
            yield Result(video, master, None, (str(error),))


def write_exports(annotation: Annotation, out: Path, name: str, exports: Sequence[str]) -> Iterator[str]:
    """Write `NAME.SUFFIX` for each format; yields why one cannot be written."""
    for kind in exports:
        try:
            write_text(export_of(out / f"{name}.json", kind), annotation.export(kind))
        except InputError as error:
            yield str(error)


def export_of(master: Path, kind: str) -> Path:
    """Where an export of an annotation goes."""
    return master.with_name(f"{master.stem}{EXPORTS[kind].suffix}")


def _finished(
    annotator: Annotator, video: Path, master: Path, settings: Settings, captions: Path | None
) -> Annotation | None:
    """The annotation that is there already, if this call would make the same. Raises InputError for captions that
    cannot be read."""
    try:
        earlier = Annotation.read(master)
    except InputError:
        return None
    same = earlier.settings == settings_of(video, **asdict(settings))
    if not same or earlier.run.fingerprint != annotator.identity.fingerprint:
        return None
    found = find_captions(video, captions, settings.language).found
    return earlier if earlier.captions == captions_of(found, master.parent) else None
