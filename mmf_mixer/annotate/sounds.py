"""The sound of each window as tokens, decoded and resampled once, a piece at a time."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from mmf_mixer.annotate.sources import Encode, Place, Tokens
from mmf_mixer.annotate.windows import Span
from mmf_mixer.media.decode import mono_audio
from mmf_mixer.media.sound import Samples
from mmf_mixer.processors.audio_spectrogram import AudioSpectrogram

PIECE = 60.0  # seconds that are decoded at once


class Sounds:
    """Windows of a sound track."""

    def __init__(self, processor: AudioSpectrogram, encode: Encode, path: Path) -> None:
        self.processor, self.encode, self.path = processor, encode, path
        self.rate = processor.params.rate

    def tokens(self, spans: Sequence[Span]) -> Iterator[Tokens]:
        yield from self.encode.windows(self.processor.picture(samples) for samples in self._windows(spans))

    def places(self, span: Span) -> list[Place]:
        columns = defaultdict(list)
        for token, cell in enumerate(self.processor.cells_of(span.start, span.length)):
            columns[cell.start, cell.end].append(token)
        return [Place(tuple(tokens), *time) for time, tokens in columns.items()]

    def _windows(self, spans: Sequence[Span]) -> Iterator[Samples | None]:
        """The samples of each window; None if the file has no sound, fewer where its sound ends."""
        held = np.zeros(0, np.float32)  # from the sample `first` on
        first = 0
        for number, span in enumerate(spans):
            start, end = round(span.start * self.rate), round(span.end * self.rate)
            if end > first + len(held) or number == 0:
                held, first = held[max(start - first, 0) :], max(start, first)
                begin = (first + len(held)) / self.rate
                more = mono_audio(self.path, self.rate, begin, max(span.end, begin + PIECE))
                if more is None:
                    yield from [None] * len(spans)
                    return
                held = np.concatenate([held, more])
            yield held[start - first : end - first]
