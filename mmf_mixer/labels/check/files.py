"""The media files of a folder: which are the same, and what is odd about the windows that clips have of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from mmf_mixer.errors import InputError
from mmf_mixer.labels.check.cache import Cache
from mmf_mixer.labels.check.finding import Finding, Placed
from mmf_mixer.labels.check.media import Seen, Window
from mmf_mixer.labels.check.progress import progress
from mmf_mixer.store.manifest import sha256

ROUNDING = 0.5  # seconds by which a window may be longer than its file


def contents(paths: Iterable[Path], cache: Cache) -> dict[Path, str]:
    """A name for what is in each file: the same for files that hold the same. Only those of one size are read."""
    sizes: dict[int, list[Path]] = defaultdict(list)
    for path in set(paths):
        sizes[path.stat().st_size].append(path)
    found = {same[0]: str(same[0]) for same in sizes.values() if len(same) == 1}
    unsure = [path for same in sizes.values() if len(same) > 1 for path in same]
    for path in progress(unsure, "Comparing files", unsure):
        key = Cache.key(path, "sha256")
        with suppress(OSError):  # decoding says why
            cache.results[key] = cache.results.get(key) or sha256(path)
        found[path] = cache.results.get(key, str(path))
    return found


def windows_of(placed: Placed) -> list[Window]:
    """What a training decodes of a clip."""
    clip = placed.clip
    sources = (("video", clip.video, clip.video_track), ("audio", clip.audio, clip.audio_track))
    return [Window(key, str(path), clip.start, clip.end, name) for key, path, name in sources if path is not None]


def with_media(clips: Sequence[Placed], seen: Mapping[Window, Seen] | None) -> dict[str, set[int]]:
    """The places of clips that have sound and picture: by what was `seen` of them, or else as their lines say."""
    present: dict[str, set[int]] = {"audio": set(), "video": set()}
    for place, placed in enumerate(clips):
        for window in windows_of(placed):
            if seen is None or seen[window].there:
                present[window.modality].add(place)
    return present


def of_media(clips: Sequence[Placed], seen: Mapping[Window, Seen]) -> Iterator[Finding]:
    """Windows that cannot be read, lie outside their files, or hold nothing to be seen or heard."""
    for placed in clips:
        for window in windows_of(placed):
            yield from _of_window(placed, window, seen[window])


def _of_window(placed: Placed, window: Window, seen: Seen) -> Iterator[Finding]:
    kind, path = window.modality, window.path
    if seen.error is not None:
        yield placed.refusal(f"{kind} that cannot be read", InputError(seen.error))
        return
    begin, end = window.start or 0.0, window.end or 0.0
    if seen.length and (begin >= seen.length or end > seen.length + ROUNDING):
        where = f"{'lies' if begin >= seen.length else 'ends'} after the end of {path} ({seen.length:g} s)"
        yield placed.warning("window outside the media", f"its window {where}", "correct `start` and `end`")
    elif kind == "audio" and not seen.there and placed.clip.audio != placed.clip.video:
        yield placed.warning("no sound", f"{path} has no sound in the window", "replace it, or write null")
    elif seen.blank and kind == "video":
        yield placed.warning("blank picture", f"all pictures of {path} in the window are of one colour", "replace it")
    elif seen.blank:
        remedy = "replace it" if seen.sounding is None else f"name track {seen.sounding} as `audio_track`"
        yield placed.warning("silent sound", f"the sound of {path} is silent in the window", remedy)
