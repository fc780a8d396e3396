"""`caption_tokens`: the words of the cues in the clip's window as token ids."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from mmf.common.registry import registry
from mmf.datasets.processors.processors import BaseProcessor
from torch import Tensor

from mmf_mixer.datasets.schema import Clip
from mmf_mixer.errors import InputError
from mmf_mixer.media.captions import cues
from mmf_mixer.paths import bert_folder
from mmf_mixer.processors.params import read_params


@dataclass
class CaptionTokensParams:
    """`tokenizer` is "minilm", a folder, or a name on the Hugging Face hub; `length` the number of tokens."""

    tokenizer: str = "minilm"
    length: int = 32


@registry.register_processor("caption_tokens")
class CaptionTokens(BaseProcessor):  # type: ignore[misc]
    """A clip -> `values` L token ids, [CLS] words [SEP] padding, and `mask` L, 1 on all but the padding.

    Without cues in the window the mask is all 0. What is longer than L is cut.
    Raises InputError for a wrong parameter, and on a call for a caption file that cannot be read.
    """

    def __init__(self, config: Any, *args: Any, **kwargs: Any) -> None:
        self.params = read_params("processor caption_tokens", CaptionTokensParams, config)
        if self.params.length < 3:
            raise InputError("processor caption_tokens: length must be at least 3, for [CLS], a word and [SEP].")
        self.tokenizer = tokenizer(self.params.tokenizer)

    def __call__(self, item: Clip, *args: Any, **kwargs: Any) -> dict[str, Tensor]:
        found = cues(item.captions, item.start, item.end) if item.captions else []
        encoded = self.tokenizer(
            " ".join(cue.text for cue in found),
            padding="max_length",
            truncation=True,
            max_length=self.params.length,
        )
        mask = torch.tensor(encoded["attention_mask"])
        return {"values": torch.tensor(encoded["input_ids"]), "mask": mask if found else torch.zeros_like(mask)}


@cache
def tokenizer(name: str) -> Any:
    """The one instance of a tokenizer in this process. Raises InputError if it cannot be loaded."""
    from transformers import AutoTokenizer  # here, for it costs over a second

    source = bert_folder(name)
    try:
        return AutoTokenizer.from_pretrained(source)
    except (OSError, ValueError) as error:
        raise InputError(
            f"processor caption_tokens: tokenizer {name!r} cannot be loaded ({str(error).splitlines()[0]}); "
            "name a folder with tokenizer.json or vocab.txt, or use minilm."
        ) from None
