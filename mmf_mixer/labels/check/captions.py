"""What is said in each clip's window, and what is odd about it: captions that say the same of all clips, or that are of
another recording."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mmf_mixer.errors import InputError, shown
from mmf_mixer.labels.check.finding import Finding, Placed
from mmf_mixer.labels.check.progress import progress
from mmf_mixer.media.captions import cues

CONSTANT = 0.5  # of the captioned clips: a text that so many have says nothing of any
FEW = 4  # clips, of which so many may have the same text by chance
LATE = 1.0  # seconds after the end of a recording at which its captions may begin


def normalised(text: str) -> str:
    """The words alone: no case, no marks, no forms of letters."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def read_texts(clips: Sequence[Placed]) -> tuple[dict[int, str], list[Finding]]:
    """The normalised words of each clip that has any, by its place, and the captions that cannot be read."""
    texts, findings = {}, []
    for place, placed in enumerate(progress(clips, "Reading captions", clips)):
        clip = placed.clip
        if clip.captions is None:
            continue
        try:
            said = " ".join(cue.text for cue in cues(clip.captions, clip.start, clip.end, clip.captions_track))
        except InputError as error:
            findings.append(placed.refusal("captions that cannot be read", error))
            continue
        if text := normalised(said):
            texts[place] = text
    return texts, findings


def constant_text(texts: Mapping[int, str]) -> str | None:
    """What most of the captioned clips have as their only words, if there is such a text."""
    (text, count) = Counter(texts.values()).most_common(1)[0] if texts else ("", 0)
    return text if count >= FEW and count >= CONSTANT * len(texts) else None


def without_constant(texts: Mapping[int, str]) -> dict[int, str]:
    """The texts that tell clips apart."""
    constant = constant_text(texts)
    return {place: text for place, text in texts.items() if text != constant}


def constant(texts: Mapping[int, str]) -> Iterator[Finding]:
    """Captions that are the same for most clips."""
    if (text := constant_text(texts)) is not None:
        count = sum(other == text for other in texts.values())
        sentence = f"{count} of {len(texts)} captioned clips say only {shown(text)}"
        remedy = "caption them anew, or train without text"
        yield Finding("constant captions", "warning", None, None, None, sentence, remedy)


def outside(clips: Sequence[Placed], lengths: Mapping[Path, float]) -> Iterator[Finding]:
    """Caption files that go on after the end of the recording they stand beside, one finding for each; `lengths` are
    seconds."""
    beside: dict[tuple[Path, Path], Placed] = {}
    for placed in clips:
        media = placed.clip.video or placed.clip.audio
        if placed.clip.captions is not None and media is not None and media in lengths:
            beside.setdefault((placed.clip.captions, media), placed)
    for (captions, media), placed in beside.items():
        try:
            found = cues(captions, track=placed.clip.captions_track)
        except InputError:
            continue  # it is said already
        late = sum(cue.start > lengths[media] + LATE for cue in found)
        if late:
            sentence = (
                f"{late} of {len(found)} cues of {captions} begin after the end of {media} ({lengths[media]:g} s)"
            )
            yield placed.warning("captions outside the media", sentence, "replace them with those of this recording")


def by_text(texts: Mapping[int, str]) -> dict[str, list[int]]:
    """The places of the clips that say the same."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, text in texts.items():
        places[text].append(place)
    return places
