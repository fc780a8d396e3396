"""The page of an audit: labels and tracks that look wrong, to accept what is offered instead or to leave them."""

from collections.abc import Sequence
from pathlib import Path

from mmf_mixer.data.clip import Clip, Labels
from mmf_mixer.labels.audit.audit import Audit, Suspect
from mmf_mixer.labels.audit.corrections import head
from mmf_mixer.labels.audit.tracks import FIELDS
from mmf_mixer.report.clips.page import Card, Offer, write_page

LEFT_OUT = Offer("the line is left out", drop=True)
NAMES = {"text": "captions", "audio": "sound", "video": "pictures"}  # of modalities


def write_audit_page(path: Path, found: Audit, clips: Sequence[Clip], labels: Labels, split: str) -> Path:
    """Write the page, and return its path. Raises InputError on a full disk.

    Args:
        path: of the page.
        found: of the clips of a split.
        clips: those clips.
        labels: all that there are.
        split: its name.
    """
    by_id = {clip.id: clip for clip in clips}
    suspects = [("labels", each) for each in found.labels] + [("tracks", each) for each in found.tracks]
    place = {id: number for number, id in enumerate(dict.fromkeys(each.clip for _, each in suspects))}
    cards = [_card(place[each.clip], tab, each, by_id[each.clip]) for tab, each in suspects]
    title = f"Labels and tracks that look wrong, of {found.clips} clips of the {split} split"
    return write_page(path, title, [by_id[id] for id in place], labels, cards, corrections=head(split))


def _card(place: int, tab: str, suspect: Suspect, clip: Clip) -> Card:
    facts = {
        "doubt": f"{suspect.doubt:.2f}",
        "probability": f"{suspect.probability:.2f}",
        **({"rather": suspect.instead} if suspect.instead else {}),
        **{f"{key} says": said for key, said in suspect.modalities.items()},
        "fault": suspect.fault,
    }
    title = suspect.label if suspect.given else f"lacks {suspect.label}"
    offers = _of_track(suspect.fault, clip)
    whole = (*offers, LEFT_OUT) if tab == "tracks" else (_of_label(suspect), *offers)
    return Card(place, tab, title, facts, whole)


def _of_label(suspect: Suspect) -> Offer:
    """The label comes or goes; in an exclusive group another takes its place."""
    if not suspect.given:
        return Offer(f"it has {suspect.label}", add=(suspect.label,))
    if suspect.instead is None:
        return Offer(f"it lacks {suspect.label}", remove=(suspect.label,))
    return Offer(f"it has {suspect.instead}", remove=(suspect.label,), add=(suspect.instead,))


def _of_track(fault: str, clip: Clip) -> tuple[Offer, ...]:
    """The one track that contradicts is taken out, where a line can say so: of a video that holds the captions the
    pictures cannot."""
    if fault not in FIELDS or (fault == "video" and clip.captions_track is not None):
        return ()
    return (Offer(f"without its {NAMES[fault]}", without=(FIELDS[fault],)),)
