"""A folder for each label: LABEL/CLIP.mp4, or SPLIT/LABEL/CLIP.mp4."""

from collections import Counter
from pathlib import Path

from mmf_mixer.errors import InputError
from mmf_mixer.labels.readers.reading import SPLIT_WORDS, files_below, label_of, split_of
from mmf_mixer.labels.readers.recording import NO_GROUP, Recording, Segment
from mmf_mixer.media.captions import FORMATS
from mmf_mixer.media.suffixes import SOUND, VIDEO


def folders(source: Path) -> list[Recording]:
    """A recording with one label for each media file, which is not opened. Raises InputError if there is none."""
    if not source.is_dir():
        raise InputError(f"{source}: is no folder; name the one that holds a folder for each label.")
    files = files_below(source)
    tops = {path.relative_to(source).parts[0] for path in files if path.parent != source}
    splits = bool(tops) and all(name.lower() in SPLIT_WORDS for name in tops)
    found = []
    left: Counter[str] = Counter()
    for path in files:
        parts = path.relative_to(source).parts
        if path.suffix.lower() in FORMATS:
            continue
        if path.suffix.lower() not in VIDEO + SOUND:
            left[f"a file that ends in {path.suffix or 'nothing'}"] += 1
        elif len(parts) < 2 + splits:
            left["a file outside the folders of labels"] += 1
        else:
            segment = Segment(label_of(parts[splits].replace("/", " ")))
            split = split_of(parts[0]) if splits else None
            name = path.relative_to(source).as_posix()
            found.append(Recording(source, name, (segment,), split=split, exclusive=frozenset({NO_GROUP})))
    if not found:
        raise InputError(f"{source}: holds no media in folders of labels; name the folder above those.")
    found[0].left_out.update(left)
    return found
