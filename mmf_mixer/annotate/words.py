"""The caption words of each window as tokens."""

from collections.abc import Callable, Iterator, Sequence

from mmf_mixer.annotate.sources import Encode, Place, Tokens
from mmf_mixer.annotate.windows import Span
from mmf_mixer.media.captions import Cue
from mmf_mixer.processors.caption_tokens import CaptionTokens

Said = Callable[[float, float], list[Cue]]  # the cues from a second up to another


class Words:
    """Windows in which the same is said are encoded once."""

    def __init__(self, processor: CaptionTokens, encode: Encode, said: Said) -> None:
        self.processor, self.encode, self.said = processor, encode, said

    def tokens(self, spans: Sequence[Span]) -> Iterator[Tokens]:
        before: tuple[list[Cue], Tokens] | None = None
        for span in spans:
            cues = self.said(*span)
            if before is None or before[0] != cues:
                before = cues, next(self.encode.windows([self.processor.tokens(cues)]))
            yield before[1]

    def places(self, span: Span) -> list[Place]:
        return [
            Place(tuple(range(word.first_token, word.end_token)), word.start, word.end, word.text)
            for word in self.processor.words_of(self.said(*span))
        ]
