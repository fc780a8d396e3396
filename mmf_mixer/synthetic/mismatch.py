"""A data set made of anybody's clips, in which half have captions, or sound, of another clip: do they belong together?

Clips of a split that have the same length, to the second, are paired by lot, two of different captions each. One of a
pair keeps its captions, and these are the other's, too: so all captions stand once with their own clip and once with
another, and neither they nor the clip tell which it is. Media come under second names, numbered by lot; all captions
are written anew in one form.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.progress import track

from mmf_mixer.data.clip import Clip, Labels
from mmf_mixer.data.folder import LABELS, fingerprint, read_folder
from mmf_mixer.data.mismatch import OTHER, OWN, mismatch_group
from mmf_mixer.data.writing import write_labels, write_lines
from mmf_mixer.errors import InputError
from mmf_mixer.files import link
from mmf_mixer.media.facts import facts
from mmf_mixer.protocols import Json
from mmf_mixer.synthetic.folder import make_folder
from mmf_mixer.synthetic.joined import clip_cues, shifted, subrip


class Exchanged(NamedTuple):
    """A clip, and the one that it has captions or sound of, which may be itself."""

    clip: Clip
    giver: Clip

    @property
    def label(self) -> str:
        """Whose they are."""
        return OWN if self.clip.id == self.giver.id else OTHER


def mismatch(source: Path, out: Path, what: str = "caption", seed: int = 0) -> tuple[int, int]:
    """Make the data set in the new folder `out`, with the labels of `source` and a group `what`: own or other.

    The same folder and `seed` give the same files; where they are already, nothing is done.

    Args:
        source: a dataset folder.
        out: media come into it as second names of the same files, or as copies where the disk has no such names.
        what: `caption` or `sound`, which is exchanged; sounds only between clips of one start and end.

    Returns:
        How many clips it has, and how many were left out, which have no captions or no partner.

    Raises:
        InputError: `source` is no dataset folder, has a group of that name, or too few clips that differ in it; `out`
            holds something else.
    """
    folder = read_folder(source)
    if what in {group.name for group in folder.labels.groups}:
        raise InputError(f"{source / LABELS}: there is a group {what!r} already; rename it, for one is added.")
    lot = np.random.default_rng(seed)
    dealt = {split: _dealt(source, split, clips, what, lot) for split, clips in folder.splits.items()}

    def fill(building: Path) -> None:
        write_labels(building, Labels((*folder.labels.groups, mismatch_group(what))))
        name = _linking(building, dealt, what, lot)
        for split, exchanged in dealt.items():
            lines = [_line(each, what, name) for each in exchanged]
            if what == "caption":
                for number, (each, line) in enumerate(zip(exchanged, lines, strict=True)):
                    line["captions"] = f"media/{split}-{number:06d}.srt"
                    (building / line["captions"]).write_text(_said(each), encoding="utf-8")
            write_lines(building / f"{split}.jsonl", lines)

    make_folder(out, {"mismatch": fingerprint(source), "exchanged": what, "seed": seed}, fill)
    kept = sum(map(len, dealt.values()))
    return kept, sum(map(len, folder.splits.values())) - kept


def _dealt(source: Path, split: str, clips: Sequence[Clip], what: str, lot: np.random.Generator) -> list[Exchanged]:
    """The clips of a split that have a partner, in their order."""
    alike: dict[object, list[tuple[str, int]]] = defaultdict(list)
    for place, clip in enumerate(track(clips, f"Reading {split}", transient=True)):
        content = _captions(clip) if what == "caption" else _sound(clip)
        if content and (clip.video or clip.audio):
            window = (clip.start, clip.end) if what == "sound" else None
            alike[window, round(_seconds(clip))].append((content, place))
    if not alike:
        raise InputError(f"{source / split}.jsonl: no clip has {what}s to exchange; add some, or take another folder.")
    found = {}
    for members in alike.values():
        for one, two in _pairs(members, lot):
            keeps, takes = lot.permutation([one, two]).tolist()
            found[keeps], found[takes] = Exchanged(clips[keeps], clips[keeps]), Exchanged(clips[takes], clips[keeps])
    if not found:
        raise InputError(f"{source / split}.jsonl: no two clips of one length differ in their {what}s; add more clips.")
    return [found[place] for place in sorted(found)]


def _pairs(members: Sequence[tuple[str, int]], lot: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Places of two clips of different content each, by lot. Those for which no other is left have none."""
    waiting = deque(members[number] for number in lot.permutation(len(members)))
    while waiting:
        content, one = waiting.popleft()
        other = next((member for member in waiting if member[0] != content), None)
        if other:
            waiting.remove(other)
            yield one, other[1]


def _captions(clip: Clip) -> str:
    return " ".join(cue.text for cue in clip_cues(clip, _seconds(clip))) if clip.captions else ""


def _sound(clip: Clip) -> str:
    return f"{clip.audio} {clip.audio_track}" if clip.audio and facts(clip.audio).sound else ""


def _seconds(clip: Clip) -> float:
    media = clip.video or clip.audio
    end = clip.end if clip.end is not None else facts(media).duration if media else 0.0
    return end - (clip.start or 0.0)


def _linking(
    root: Path, dealt: Mapping[str, Sequence[Exchanged]], what: str, lot: np.random.Generator
) -> Callable[[Path, str], str]:
    """Give each file a name in `root` for what it is used as, numbered by lot; returns what tells that name."""
    wanted = dict.fromkeys(use for clips in dealt.values() for each in clips for use in _uses(each, what).items())
    numbers = lot.permutation(len(wanted))
    names = {
        (path, use): f"media/{number:06d}{path.suffix}" for (use, path), number in zip(wanted, numbers, strict=True)
    }
    (root / "media").mkdir()
    for (path, _), name in names.items():
        link(path, root / name)
    return lambda path, use: names[path, use]


def _uses(each: Exchanged, what: str) -> dict[str, Path]:
    """The files of a line by its field, but for captions that are written anew."""
    clip, giver = each
    sound = giver.audio if what == "sound" else clip.audio if clip.audio != clip.video else None
    captions = clip.captions if what == "sound" and clip.captions_track is None else None
    found = {"video": clip.video, "audio": sound, "captions": captions}
    return {field: path for field, path in found.items() if path}


def _line(each: Exchanged, what: str, name: Callable[[Path, str], str]) -> Json:
    """A line of a split, but for captions that are written anew."""
    clip, giver = each
    line: Json = {"id": clip.id, **{use: name(path, use) for use, path in _uses(each, what).items()}}
    if clip.video and clip.audio is None:
        line["audio"] = False
    tracks = {"video_track": clip.video_track, "audio_track": clip.audio_track}
    if what == "sound":
        tracks |= {"audio_track": giver.audio_track, "captions_track": clip.captions_track}
    told = {"start": clip.start, "end": clip.end} | tracks
    labels = [*clip.labels, f"{what}/{each.label}"]
    return line | {field: value for field, value in told.items() if value is not None} | {"labels": labels}


def _said(each: Exchanged) -> str:
    """The captions of the giver at the time of the clip."""
    length = min(_seconds(each.clip), _seconds(each.giver))
    return subrip(shifted(clip_cues(each.giver, length), each.clip.start or 0.0))
