"""The caption words of each window as tokens."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby, repeat
from pathlib import Path

from mmf_mixer.annotate.sources import Encode, Place, Tokens
from mmf_mixer.annotate.windows import Span
from mmf_mixer.grouped import grouped
from mmf_mixer.media.captions import Cue, Found, cues
from mmf_mixer.processors.caption_tokens import CaptionTokens

Said = Callable[[float, float], list[Cue]]  # the cues from a second up to another


def said(video: Path, found: Found) -> Said:
    """What is said in a window of a video, by the captions that were found: of a file as training reads it."""
    if found.source in ("file", "beside"):
        return partial(cues, video.parent / found.name if found.source == "beside" else Path(found.name))
    return lambda start, end: [cue for cue in found.cues if cue.start < end and cue.end > start]


class Words:
    """Windows in which the same is said are encoded once."""

    def __init__(self, processor: CaptionTokens, encode: Encode, said: Said) -> None:
        self.processor, self.encode, self.said = processor, encode, said

    def tokens(self, spans: Sequence[Span]) -> Iterator[Tokens]:
        stretches = ((cues, sum(1 for _ in same)) for cues, same in groupby(self.said(*span) for span in spans))
        for some in grouped(stretches, self.encode.at_once):
            encoded = self.encode.windows(self.processor.tokens(cues) for cues, _ in some)
            for tokens, (_, count) in zip(encoded, some, strict=True):
                yield from repeat(tokens, count)

    def places(self, span: Span) -> list[Place]:
        return [
            Place(tuple(range(word.first_token, word.end_token)), word.start, word.end, word.text)
            for word in self.processor.words_of(self.said(*span))
        ]
