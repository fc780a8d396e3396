"""The page of what to label next: clips by feed, with the reasons, to be given labels."""

from collections.abc import Sequence
from pathlib import Path

from mmf_mixer.data.clip import Clip, Labels
from mmf_mixer.data.lines import MEDIA
from mmf_mixer.labels.suggest.suggest import Suggestion
from mmf_mixer.protocols import Json
from mmf_mixer.report.clips.page import Card, write_page


def write_suggest_page(
    path: Path, root: Path, lines: Sequence[Json], found: Sequence[Suggestion], labels: Labels
) -> Path:
    """Write the page, and return its path. Raises InputError on a full disk.

    Args:
        path: of the page.
        root: the folder that the lines' media are relative to.
        lines: of the whole pool.
        found: what was chosen of it.
        labels: what there is to choose from.
    """
    chosen = [lines[each.index] | {"labels": []} for each in found]
    clips = [_clip(line, root) for line in chosen]
    cards = [_card(number, each) for number, each in enumerate(found)]
    return write_page(path, f"{len(found)} clips to label next", clips, labels, cards, lines=chosen)


def _clip(line: Json, root: Path) -> Clip:
    """The clip of a line that has been read already, or that is of an annotated video, wherever that lies."""
    video, audio, captions = (root / line[field] if line.get(field) else None for field in MEDIA)
    picture, sound, track = (line.get(f"{kind}_track") for kind in MEDIA)
    words = captions if track is None else video
    start, end = line.get("start"), line.get("end")
    heard = None if line.get("audio") is False else audio or video
    return Clip(line["id"], video, heard, words, start, end, (), picture, sound, track)


def _card(clip: int, suggestion: Suggestion) -> Card:
    probability = {} if suggestion.probability is None else {"probability": f"{suggestion.probability:.2f}"}
    opinions = {f"{key} alone": f"{said:.2f}" for key, said in (suggestion.opinions or {}).items()}
    title = f"Is it {suggestion.label}?" if suggestion.label else "Which labels has it?"
    return Card(clip, suggestion.feed, title, {"feed": suggestion.feed, **probability, **opinions})
