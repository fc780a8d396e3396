"""What a later split has of an earlier one, so that a model may know its clips by heart."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from math import inf
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from mmf_mixer.data.clip import SPLITS
from mmf_mixer.errors import shown
from mmf_mixer.labels.check.captions import by_text
from mmf_mixer.labels.check.finding import Finding, Placed
from mmf_mixer.labels.check.progress import progress

ALIKE = 0.7  # the least Jaccard similarity of near duplicates
SHINGLE = 4  # letters
SHORTEST = 20  # letters: of shorter texts many are alike that have nothing to do with each other
BLOCK = 512  # texts that are compared with all others at once
REMEDY = "keep all clips of one recording in one split"


class Span(NamedTuple):
    """Where a clip lies in its recording, in seconds."""

    start: float
    end: float
    track: int | str | None
    placed: Placed


def in_media(clips: Sequence[Placed], contents: Mapping[Path, str]) -> Iterator[Finding]:
    """Clips of a recording that an earlier split has too: of the same window, an overlapping one, or another.

    `contents` tells recordings apart by what is in their files.
    """
    for field in ("video", "audio"):
        spans: dict[str, list[Span]] = defaultdict(list)
        for placed in clips:
            clip, path = placed.clip, getattr(placed.clip, field)
            if path is not None and not (field == "audio" and path == clip.video):
                track = getattr(clip, f"{field}_track")
                spans[contents[path]].append(Span(clip.start or 0.0, clip.end or inf, track, placed))
        for found in spans.values():
            yield from _of_recording(field, found)


def _of_recording(field: str, spans: Sequence[Span]) -> Iterator[Finding]:
    for number, split in enumerate(SPLITS):
        earlier = sorted((span for span in spans if span.placed.split in SPLITS[:number]), key=attrgetter("start"))
        if not earlier:
            continue
        same = {span[:3]: span for span in reversed(earlier)}
        starts = [span.start for span in earlier]
        longest = list(accumulate(earlier, _longer))
        for span in spans:
            if span.placed.split != split:
                continue
            before = bisect_left(starts, span.end)
            if (other := same.get(span[:3])) is not None:
                kind, relation = "duplicate in two splits", "the same window of the same recording as"
            elif before and longest[before - 1].end > span.start:
                other, kind, relation = longest[before - 1], "overlap of two splits", "a window that overlaps that of"
            else:
                other, kind, relation = earlier[0], "recording in two splits", "another window of the recording of"
            yield span.placed.warning(kind, f"its {field} is {relation} {_name(other.placed)}", REMEDY)


def _longer(one: Span, other: Span) -> Span:
    return max(one, other, key=attrgetter("end"))


def in_captions(clips: Sequence[Placed], texts: Mapping[int, str]) -> Iterator[Finding]:
    """Words, which are normalised, of a split that an earlier one has too: a finding for each text and split."""
    for text, places in by_text(texts).items():
        for number, split in enumerate(SPLITS):
            own = [place for place in places if clips[place].split == split]
            earlier = [place for place in places if clips[place].split in SPLITS[:number]]
            if own and earlier:
                known = _name(clips[earlier[0]]) + _more(earlier)
                sentence = f"the captions of this clip{_more(own)} are those of {known}: {shown(text)}"
                yield clips[own[0]].warning("captions in two splits", sentence, "see whether they are the same clip")


def _more(places: Sequence[int]) -> str:
    return f" and {len(places) - 1} more" if len(places) > 1 else ""


def near_captions(clips: Sequence[Placed], texts: Mapping[int, str]) -> Iterator[Finding]:
    """Clips whose words are nearly those of a clip of an earlier split, by the Jaccard similarity of their shingles
    (Broder, On the resemblance and containment of documents, 1997)."""
    first = {text: min(places) for text, places in by_text(texts).items() if len(text) >= SHORTEST}
    for number, split in enumerate(SPLITS[1:], start=1):
        own = {texts[place]: place for place in texts if clips[place].split == split}
        known = {text: place for text, place in first.items() if clips[place].split in SPLITS[:number]}
        new = [text for text in own if text in first and text not in known]
        for text, other, similarity in _alike(new, list(known)):
            sentence = f"its captions are {similarity:.0%} those of {_name(clips[known[other]])}: {shown(text)}"
            yield clips[own[text]].warning(
                "captions nearly in two splits", sentence, "see whether they are the same clip"
            )


def _alike(texts: Sequence[str], others: Sequence[str]) -> Iterator[tuple[str, str, float]]:
    """Of each text that has any the most similar of the others."""
    from sklearn.feature_extraction.text import CountVectorizer  # here, for it costs a second

    if not texts or not others:
        return
    shingles = CountVectorizer(analyzer="char", ngram_range=(SHINGLE, SHINGLE), binary=True, lowercase=False)
    known = shingles.fit_transform(others)
    new = shingles.transform(texts)
    sizes = [len({text[at : at + SHINGLE] for at in range(len(text) - SHINGLE + 1)}) for text in texts]
    known_sizes = known.sum(axis=1).A1
    blocks = range(0, len(texts), BLOCK)
    for begin in progress(blocks, "Comparing captions", blocks):
        shared = (new[begin : begin + BLOCK] @ known.T).tocsr()
        for row, text in enumerate(texts[begin : begin + BLOCK]):
            common = shared[row]
            if not common.nnz:
                continue
            similarity = common.data / (sizes[begin + row] + known_sizes[common.indices] - common.data)
            best = similarity.argmax()
            if similarity[best] >= ALIKE:
                yield text, others[common.indices[best]], float(similarity[best])


def _name(placed: Placed) -> str:
    return f"clip {shown(placed.clip.id)} of {placed.split}"
