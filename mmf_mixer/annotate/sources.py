"""Where the tokens of each modality come from, window after window, in one pass over the file."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn

from mmf_mixer.annotate.windows import Span
from mmf_mixer.data.clip import Clip
from mmf_mixer.encoders.base import AT_ONCE, encode_once
from mmf_mixer.grouped import grouped


class Place(NamedTuple):
    """What some tokens of a modality show: seconds of the file, and the words if there are any."""

    tokens: tuple[int, ...]
    start: float
    end: float
    text: str | None = None


class Tokens(NamedTuple):
    """What a window has of a modality: `values` T x D, and `mask` T, 1 where a token really exists."""

    values: Tensor
    mask: Tensor


class Source(Protocol):
    """One modality of one video."""

    def tokens(self, spans: Sequence[Span]) -> Iterator[Tokens]:
        """Those of each window, in order. Raises InputError if the file cannot be read."""

    def places(self, span: Span) -> list[Place]:
        """What the tokens of a window show."""


class Encode:
    """An encoder of tokens of `width` D on its device, without gradients, and without a memory that would grow."""

    def __init__(self, encoder: nn.Module, width: int, device: torch.device, bf16: bool) -> None:
        self.encoder, self.width, self.device, self.bf16 = encoder, width, device, bf16
        self.by_frame = bool(getattr(encoder, "by_frame", False))
        self.at_once = AT_ONCE[device.type]

    @torch.inference_mode()
    def __call__(self, values: Tensor) -> Tensor:
        """B x … to B x T x D, in float32, on the CPU."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            return encode_once(self.encoder, values.to(self.device)).float().cpu()

    def windows(self, made: Iterable[dict[str, Tensor]]) -> Iterator[Tokens]:
        """The tokens of what a processor has made of each window. What is absent is not encoded."""
        for some in grouped(made, self.at_once):
            present = [each["values"] for each in some if each["mask"].any()]
            found = iter(self(torch.stack(present)) if present else ())
            for each in some:
                values = next(found) if each["mask"].any() else torch.zeros(len(each["mask"]), self.width)
                yield Tokens(values, each["mask"])


class AnyProcessor:
    """A modality whose processor is not one of ours: it reads each window by itself."""

    def __init__(self, processor: Any, encode: Encode, video: Path) -> None:
        self.processor, self.encode, self.video = processor, encode, video

    def tokens(self, spans: Sequence[Span]) -> Iterator[Tokens]:
        clips = (Clip("", self.video, self.video, None, span.start, span.end, ()) for span in spans)
        yield from self.encode.windows(map(self.processor, clips))

    def places(self, span: Span) -> list[Place]:
        return []


class Nothing:
    """A modality that the video lacks."""

    def __init__(self, tokens: int, width: int) -> None:
        self.empty = Tokens(torch.zeros(tokens, width), torch.zeros(tokens, dtype=torch.long))

    def tokens(self, spans: Sequence[Span]) -> Iterator[Tokens]:
        yield from [self.empty] * len(spans)

    def places(self, span: Span) -> list[Place]:
        return []
