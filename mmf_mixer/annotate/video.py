"""One video as a model reads it: the source of each modality, its shots, its captions."""

from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import Path

import torch

from mmf_mixer.annotate.cuts import Cuts
from mmf_mixer.annotate.pictures import Pictures
from mmf_mixer.annotate.sounds import Sounds
from mmf_mixer.annotate.sources import AnyProcessor, Encode, Nothing, Place, Source
from mmf_mixer.annotate.windows import Span
from mmf_mixer.annotate.words import Words, said
from mmf_mixer.data.clip import Clip
from mmf_mixer.data.timecode import Timecode
from mmf_mixer.errors import shown
from mmf_mixer.grouped import grouped
from mmf_mixer.interpret.model import TrainedModel
from mmf_mixer.media.captions import Found
from mmf_mixer.media.decode import frames_along
from mmf_mixer.media.facts import Facts
from mmf_mixer.media.picture import Look
from mmf_mixer.processors.caption_tokens import CaptionTokens
from mmf_mixer.processors.sound import SoundProcessor
from mmf_mixer.processors.video_frames import VideoFrames
from mmf_mixer.protocols import Fields, Json

SHIFT = 0.005  # seconds that are not worth a word


class Video:
    """A video and its windows `spans`, ready to be looked at in one pass. `known` is what its file says of itself;
    `earlier` is the state of another pass, in whose place this one goes on."""

    def __init__(
        self,
        run: TrainedModel,
        path: Path,
        known: Facts,
        captions: Found | None,
        spans: Sequence[Span],
        earlier: Json | None = None,
    ) -> None:
        self.run, self.path, self.known, self.captions, self.spans = run, path, known, captions, spans
        self.cuts = Cuts(earlier and earlier["cuts"])
        heard = earlier["heard"] if earlier else ()
        self.sources = {key: self._source(key, key in heard) for key in run.slices}

    def state(self) -> Json:
        """What another one must know to go on after the windows that are done."""
        heard = [key for key, source in self.sources.items() if isinstance(source, Sounds) and source.heard]
        return {"cuts": self.cuts.state(), "heard": heard}

    def batches(self, size: int, first: int = 0) -> Iterator[Fields]:
        """The windows from the `first` on, `size` at a time: `<key>` B x T x D and `<key>_mask` B x T, on the run's
        device."""
        streams = (source.tokens(self.spans[first:]) for source in self.sources.values())
        for some in grouped(zip(*streams, strict=True), size):
            batch: Fields = {}
            for key, tokens in zip(self.sources, zip(*some, strict=True), strict=True):
                values, masks = (torch.stack(part).to(self.run.device) for part in zip(*tokens, strict=True))
                batch |= {key: values, f"{key}_mask": masks}
            yield batch

    def places(self, span: Span) -> dict[str, list[Place]]:
        """What the tokens of a window show, by modality."""
        return {key: source.places(span) for key, source in self.sources.items()}

    def notes(self) -> Iterator[str]:
        """Sentences on what was passed over, or is not as in training."""
        timecode = self.known.timecode
        if timecode and not Timecode.read(timecode, self.known.frame_rate):
            yield f"{self.path}: its timecode {shown(timecode)} is none; its frames count from 00:00:00:00."
        for source in self.sources.values():
            if isinstance(source, Pictures):
                if source.shift > SHIFT:
                    yield (
                        f"{self.path}: windows share their frames, which lie up to {source.shift:.2f} s from where "
                        "`extract` takes them."
                    )
                if hint := source.processor.hint(Clip("", self.path, None, None, None, None, ()), {}):
                    yield hint
            if isinstance(source, Sounds) and (note := source.note()):
                yield note

    def _source(self, key: str, heard: bool) -> Source:
        processor, encode = self.run.processors[key], self._encode(key)
        where = self.run.slices[key]
        nothing = Nothing(where.stop - where.start, encode.width)
        if isinstance(processor, VideoFrames):
            track = self.known.track
            return Pictures(processor, encode, self.path, track, self.cuts, self.spans) if track else nothing
        if isinstance(processor, SoundProcessor):
            return Sounds(processor, encode, self.path, heard) if self.known.sound else nothing
        if isinstance(processor, CaptionTokens):
            return Words(processor, encode, said(self.path, self.captions)) if self.captions else nothing
        return AnyProcessor(processor, encode, self.path)

    def _encode(self, key: str) -> Encode:
        model, config = self.run.model, self.run.config
        width = next(entry.embedding_dim for entry in model.config.modalities if entry.key == key)
        bf16 = bool(config.training.get("bf16", False)) and config.datasets == "clips"  # features were made in full
        return Encode(model.encoders[key], int(width), self.run.device, bf16)


def find_cuts(path: Path, known: Facts) -> tuple[float, ...]:
    """The cuts of a video, in a pass of its own."""
    cuts = Cuts()
    if known.track:
        for _ in frames_along(path, map(float, range(ceil(known.duration))), Look((1, 1)), watch=cuts):
            pass
    return cuts.end()
