"""The page of clips to look through: one HTML file that needs no network, and that shows media from where they lie.

All that it shows comes from outside and is hostile text, kept in its place as on the page of an annotation.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

from mmf_mixer.data.clip import Clip, Labels
from mmf_mixer.errors import InputError
from mmf_mixer.files import write_text
from mmf_mixer.media.captions import cues
from mmf_mixer.protocols import Json
from mmf_mixer.report.annotation.page import script
from mmf_mixer.report.html import address, embedded, environment, sealed

ROOM = "mmf_mixer.report.clips"


@dataclass(frozen=True)
class Offer:
    """A change of a clip to accept: what it says, which labels go and come, of which media its line is to be `without`,
    or that the whole line is left out."""

    says: str
    remove: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    drop: bool = False


@dataclass(frozen=True)
class Card:
    """A clip to look at.

    Attributes:
        clip: its place among the page's clips.
        tab: under which it stands.
        title: what it is about.
        facts: name and text.
        offers: of which one may be accepted; none where people are to give the labels.
    """

    clip: int
    tab: str
    title: str
    facts: Mapping[str, str]
    offers: tuple[Offer, ...] = ()


def write_page(
    path: Path,
    title: str,
    clips: Sequence[Clip],
    labels: Labels,
    cards: Sequence[Card],
    corrections: Json | None = None,
    lines: Sequence[Json] = (),
) -> Path:
    """Write the page, and return its path.

    Args:
        path: of the page.
        title: its heading.
        clips: those of the cards, with the labels that they have.
        labels: all that there are.
        cards: in their order.
        corrections: what heads the file of corrections that the page saves.
        lines: the clips' own, which the page saves with labels where it saves no corrections.

    Raises:
        InputError: the disk is full, or a path holds bytes that are no UTF-8.
    """
    data = {
        "corrections": corrections,
        "lines": lines,
        "labels": labels.written(),
        "clips": [_clip(clip, path.parent) for clip in clips],
        "cards": [asdict(card) | {"facts": {**card.facts, **_tracks(clips[card.clip])}} for card in cards],
        "file": f"{path.stem}.corrections.json" if corrections else f"{path.stem}.labelled.jsonl",
    }
    data["key"] = f"mmf_mixer clips {hashlib.sha256(embedded(data).encode()).hexdigest()}"
    own = (files(ROOM) / "script" / "clips.js").read_text(encoding="utf-8")
    content = {
        "title": title,
        "data": embedded(data),
        "script": script(("saving",), "logic") + script(("elements",), "drawing") + own,
    }
    write_text(path, sealed(environment(ROOM).get_template("clips.html"), content, media="'self' file:"))
    return path


def _clip(clip: Clip, folder: Path) -> Json:
    """Its labels, its media with their window as a media fragment (https://www.w3.org/TR/media-frags), its captions."""
    window = f"#t={clip.start or 0:.3f}" + ("" if clip.end is None else f",{clip.end:.3f}")
    sound = None if clip.audio == clip.video else clip.audio
    media = {
        kind: address(Path(os.path.relpath(path, folder.resolve())).as_posix()) + window
        for kind, path in (("video", clip.video), ("audio", sound))
        if path
    }
    return {"id": clip.id, "labels": clip.labels, "media": media, "captions": _captions(clip)}


def _tracks(clip: Clip) -> dict[str, str]:
    """That players may take other tracks than the clip's line names, and a sound that it leaves out."""
    named = {"picture": clip.video_track, "sound": clip.audio_track}
    told = ", ".join(f"{kind} {track}" for kind, track in named.items() if track is not None)
    silent = {"played, but not meant": "the sound"} if clip.video and not clip.audio else {}
    return silent | ({"not played, but meant": f"the tracks {told}"} if told else {})


def _captions(clip: Clip) -> str:
    """What is said in its window."""
    if clip.captions is None:
        return ""
    try:
        return "\n".join(cue.text for cue in cues(clip.captions, clip.start, clip.end, clip.captions_track))
    except InputError as error:
        return str(error)
