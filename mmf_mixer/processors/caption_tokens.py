"""`caption_tokens`: the words of the cues in the clip's window as token ids."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

import torch
from mmf.common.registry import registry
from mmf.datasets.processors.processors import BaseProcessor
from torch import Tensor

from mmf_mixer.data.clip import Clip
from mmf_mixer.errors import InputError
from mmf_mixer.hub import load_pretrained
from mmf_mixer.media.captions import Cue, cues
from mmf_mixer.paths import bert_folder
from mmf_mixer.settings import read_params


@dataclass
class CaptionTokensParams:
    """`tokenizer` is "minilm", a folder, or a name on the Hugging Face hub; `length` the number of tokens."""

    tokenizer: str = "minilm"
    length: int = 32


class Word(NamedTuple):
    """What stands between two blanks, its tokens from `first_token` up to `end_token`, and its cue's seconds."""

    text: str
    first_token: int
    end_token: int
    start: float
    end: float


@registry.register_processor("caption_tokens")
class CaptionTokens(BaseProcessor):  # type: ignore[misc]
    """A clip -> `values` L token ids, [CLS] words [SEP] padding, and `mask` L, 1 on all but the padding.

    Without cues in the window the mask is all 0. What is longer than L is cut.
    Raises InputError for a wrong parameter, and on a call for a caption file that cannot be read.
    """

    name = "caption_tokens"
    schema: type[Any] = CaptionTokensParams

    def __init__(self, config: Any, *args: object, **kwargs: object) -> None:
        self.params = read_params(f"processor {self.name}", self.schema, config)
        if self.params.length < 3:
            raise InputError(f"processor {self.name}: length must be at least 3, for [CLS], a word and [SEP].")
        self.tokenizer = self.load_tokenizer()

    def load_tokenizer(self) -> Any:
        """The tokenizer that the params name."""
        return tokenizer(self.params.tokenizer)

    def __call__(self, item: Clip, *args: object, **kwargs: object) -> dict[str, Tensor]:
        return self.tokens(_cues(item))

    def tokens(self, found: Sequence[Cue]) -> dict[str, Tensor]:
        """What a call gives, for these cues."""
        encoded = self._encoded(found)
        mask = torch.tensor(encoded["attention_mask"])
        return {"values": torch.tensor(encoded["input_ids"]), "mask": mask if found else torch.zeros_like(mask)}

    def words(self, item: Clip) -> list[Word]:
        """The clip's words, as far as they have tokens: the last ones may be cut off by `length`."""
        return self.words_of(_cues(item))

    def words_of(self, found: Sequence[Cue]) -> list[Word]:
        """The words of these cues, likewise."""
        tokens = self._encoded(found, return_offsets_mapping=True)["offset_mapping"]
        words = []
        for cue, cue_start in zip(found, accumulate((len(cue.text) + 1 for cue in found), initial=0), strict=False):
            for match in re.finditer(r"\S+", cue.text):
                start, end = cue_start + match.start(), cue_start + match.end()
                own = [place for place, (first, last) in enumerate(tokens) if first < end and last > start]
                if own:
                    words.append(Word(match[0], own[0], own[-1] + 1, cue.start, cue.end))
        return words

    def _encoded(self, found: Sequence[Cue], **options: Any) -> Any:
        text = " ".join(cue.text for cue in found)
        return self.tokenizer(text, padding="max_length", truncation=True, max_length=self.params.length, **options)


def _cues(item: Clip) -> list[Cue]:
    return cues(item.captions, item.start, item.end, item.captions_track) if item.captions else []


@cache
def tokenizer(name: str, asker: str = "caption_tokens", revision: str | None = None) -> Any:
    """The one instance of a tokenizer in this process. Raises InputError if it cannot be loaded."""
    from transformers import AutoTokenizer  # here, for it costs over a second

    remedy = "set tokenizer: minilm" if asker == "caption_tokens" else "name another model"
    files = "tokenizer.json", "vocab.txt"
    return load_pretrained(
        f"processor {asker}", AutoTokenizer, bert_folder(name), *files, remedy=remedy, revision=revision
    )
