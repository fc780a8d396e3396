"""The sound of each window as tokens, decoded and resampled once, a piece at a time."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from mmf_mixer.annotate.sources import Encode, Place, Tokens
from mmf_mixer.annotate.windows import Span
from mmf_mixer.media.decode import FAINT, mono_audio, sounding_tracks
from mmf_mixer.media.sound import Samples
from mmf_mixer.processors.sound import SoundProcessor

PIECE = 60.0  # seconds that are decoded at once


class Sounds:
    """Windows of a sound track."""

    def __init__(self, processor: SoundProcessor, encode: Encode, path: Path, heard: bool = False) -> None:
        self.processor, self.encode, self.path = processor, encode, path
        self.rate = processor.rate
        self.heard = heard  # whether anything of it is
        self.unheard: str | None = None  # a sentence, if not all of a window is

    def tokens(self, spans: Sequence[Span]) -> Iterator[Tokens]:
        yield from self.encode.windows(map(self._picture, self._windows(spans)))

    def note(self) -> str | None:
        """That nothing was heard, if another track of the file is not silent; or that not all of it was."""
        others = [] if self.heard else sounding_tracks(self.path, 0.0, PIECE)
        return (
            f"{self.path}: the sound track that was read is silent, its track {others[0]} is not; make that one the "
            "file's default if it is meant."
            if others
            else self.unheard
        )

    def places(self, span: Span) -> list[Place]:
        columns = defaultdict(list)
        for token, cell in enumerate(self.processor.cells_of(span.start, span.length)):
            columns[cell.start, cell.end].append(token)
        return [Place(tuple(tokens), *time) for time, tokens in columns.items()]

    def _picture(self, samples: Samples | None) -> dict[str, Tensor]:
        made = self.processor.picture(samples)
        self.unheard = self.unheard or self.processor.unheard
        return made

    def _windows(self, spans: Sequence[Span]) -> Iterator[Samples | None]:
        """The samples of each window; None if the file has no sound, fewer where its sound ends."""
        held = np.zeros(0, np.float32)  # from the sample `first` on
        first, asked = 0, 0.0  # and the second up to which it has been asked for, where the sound may have ended
        for span in spans:
            start, end = round(span.start * self.rate), round(span.end * self.rate)
            if span.end > asked:
                held, first = held[max(start - first, 0) :], max(start, first)
                begin = (first + len(held)) / self.rate
                asked = max(span.end, begin + PIECE)
                more = mono_audio(self.path, self.rate, begin, asked)
                if more is None:
                    yield from [None] * len(spans)
                    return
                held = np.concatenate([held, more])
                self.heard = self.heard or bool(np.abs(more).max(initial=0) > FAINT)
            yield held[start - first : end - first]
