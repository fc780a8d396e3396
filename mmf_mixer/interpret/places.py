"""Where the tokens of a clip lie in what a person sees and hears: seconds, frequencies, words."""

from typing import Any, NamedTuple

from mmf_mixer.data.clip import Clip
from mmf_mixer.interpret.run import TrainedRun


class Place(NamedTuple):
    """What the tokens from `first` up to `end` of a modality show.

    `start` and `stop` are seconds of the file; `low_hz` and `high_hz` of sound, `text` of captions, else None.
    """

    first: int
    end: int
    start: float
    stop: float
    low_hz: float | None = None
    high_hz: float | None = None
    text: str | None = None


def places(run: TrainedRun, split: str, index: int) -> dict[str, list[Place]]:
    """The places of a clip's tokens by modality; none for a modality that it lacks, or whose processor has no say."""
    clip = run.datasets[split].clips[index]
    found = {}
    for key, processor in run.processors.items():
        span = run.slices[key]
        found[key] = _places(processor, clip, span.stop - span.start)
    return found


def _places(processor: Any, clip: Clip, tokens: int) -> list[Place]:
    if hasattr(processor, "cells"):
        return [Place(token, token + 1, *cell) for token, cell in enumerate(processor.cells(clip))]
    if hasattr(processor, "times"):
        return _spread(processor.times(clip), tokens)
    if hasattr(processor, "words"):
        return [Place(w.first_token, w.end_token, w.start, w.end, text=w.text) for w in processor.words(clip)]
    return []


def _spread(times: list[float], tokens: int) -> list[Place]:
    """One token for each frame; or, where an encoder makes another number of them, even parts of the time."""
    if len(times) == tokens or not times:
        return [Place(token, token + 1, time, time) for token, time in enumerate(times)]
    step = (times[-1] - times[0]) / tokens
    edges = [times[0] + part * step for part in range(tokens + 1)]
    return [Place(token, token + 1, edges[token], edges[token + 1]) for token in range(tokens)]
