"""From what captions show to what is spoken: each word once, however often it is on screen.

Recognisers and video sites show a line again while the next one appears below it, let a line grow word by word, or show
a sentence anew for each word to mark it. Such a repeat follows without a pause, and a file that has it has it
throughout; what people repeat is not like that, and stays.
"""

from collections.abc import Iterable, Iterator
from itertools import count, pairwise
from typing import NamedTuple

from mmf_mixer.media.captions.shown import Shown, Word

MOST_LINES = 16  # on screen at once: four is usual
PAUSE = 0.1  # seconds: after a longer one nothing is a repeat of what was on screen before


class Part(NamedTuple):
    """Words that are spoken from `start` to `end`, in seconds."""

    start: float
    end: float
    text: str


Spoken = list[Part]  # of one cue


class Cue(NamedTuple):
    """Words that are spoken, or sounds that are described, from `start` to `end`, in seconds."""

    start: float
    end: float
    text: str


def cues_of(said: Iterable[Spoken]) -> list[Cue]:
    """The parts of each cue as one, by time."""
    cues = (Cue(parts[0].start, parts[-1].end, " ".join(part.text for part in parts)) for parts in said if parts)
    return sorted(cues, key=lambda cue: cue.start)


def spoken(cues: list[Shown]) -> list[Spoken]:
    """The words of cues by time, each once. Cues of equal time stay in the order of the file."""
    sentences = list(_sentences(sorted(cues, key=lambda cue: cue.start)))
    rolls = _rolls(sentences)
    seen = [0] if sentences else []
    for before, cue in pairwise(sentences):
        repeats = rolls or any(word.time is not None for word in cue.words)
        seen.append(_repeated(before, cue) if repeats else 0)
    found = (_parts(cue, cue.words[words:]) for words, cue in zip(seen, sentences, strict=True))
    return list(filter(None, found))


def _sentences(cues: list[Shown]) -> Iterator[Shown]:
    """The cues; those that only mark one word after another of the same sentence as that sentence."""
    run: list[Shown] = []
    reached = -1  # the last word that was marked
    for cue in cues:
        mark = max((place for place, word in enumerate(cue.words) if word.marked), default=-1)
        same = run and _follows(run[-1], cue) and cue.texts == run[-1].texts
        if not same or -1 < mark < reached:  # the latter where the sentence is said again
            yield from _marked(run)
            run, reached = [], -1
        run.append(cue)
        reached = max(reached, mark)
    yield from _marked(run)


def _marked(run: list[Shown]) -> Iterator[Shown]:
    marks = [frozenset(place for place, word in enumerate(cue.words) if word.marked) for cue in run]
    length = len(run[0].words) if run else 0
    if len(set(marks)) < 2 or not any(0 < len(mark) < length for mark in marks):
        yield from run
        return
    times: dict[int, float] = {}
    for cue, mark in zip(run, marks, strict=True):
        for place in mark:
            times.setdefault(place, cue.start)
    places = count()
    lines = (tuple(word._replace(time=times.get(next(places))) for word in line) for line in run[0].lines)
    yield Shown(run[0].start, run[-1].end, tuple(lines))


def _follows(before: Shown, cue: Shown) -> bool:
    return before.start < cue.start <= before.end + PAUSE


def _rolls(cues: list[Shown]) -> bool:
    """Whether at least half of the cues that follow without a pause repeat what is on screen, and some then go on."""
    pairs = [(before, cue) for before, cue in pairwise(cues) if _follows(before, cue)]
    repeats = [(before, cue) for before, cue in pairs if _repeated(before, cue)]
    return 2 * len(repeats) >= len(pairs) and any(_repeated(*pair) < len(pair[1].words) for pair in repeats)


def _repeated(before: Shown, cue: Shown) -> int:
    """How many words at the beginning of a cue were on screen already: lines that have moved up, or a line's growth."""
    if not _follows(before, cue):
        return 0
    old, new = before.texts, cue.texts
    for first in range(max(0, len(old) - MOST_LINES), len(old)):
        kept = old[first:]
        last = len(kept) - 1
        whole = new[: last + 1] == kept
        grows = len(new) > last and new[:last] == kept[:last] and new[last][: len(kept[last])] == kept[last]
        if whole or grows:
            count = sum(map(len, kept))
            return 0 if any(word.time is not None for word in cue.words[:count]) else count
    return 0


def _parts(cue: Shown, words: list[Word]) -> Spoken:
    """The words in parts, each as long as no later word says when it is spoken."""
    starts: list[float] = []
    texts: list[list[str]] = []
    for word in words:
        if not texts:
            starts.append(cue.start if word.time is None else min(max(word.time, cue.start), cue.end))
            texts.append([])
        elif word.time is not None and starts[-1] < word.time <= cue.end:
            starts.append(word.time)
            texts.append([])
        texts[-1].append(word.text)
    ends = [*starts[1:], cue.end][: len(starts)]
    return [Part(start, end, " ".join(text)) for start, end, text in zip(starts, ends, texts, strict=True)]
