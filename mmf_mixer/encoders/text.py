"""`bert_text`: captions through a Hugging Face BERT."""

from dataclasses import dataclass
from typing import Any, Literal

from mmf.common.registry import registry
from torch import Tensor, nn

from mmf_mixer.encoders.base import TokenEncoder
from mmf_mixer.errors import InputError


@registry.register_encoder("bert_text")
class BertText(TokenEncoder):
    """Token ids `B x T -> B x T x D`; D is 1024 for BERT-large and 384 for MiniLM.

    Devlin et al. (2019), https://arxiv.org/abs/1810.04805. Padding is not attended to.

    Raises:
        InputError: the weights are not to be had, or not those of this BERT.
    """

    @dataclass
    class Config:
        """`bert`: minilm, a folder or a hub name; `weights`: default, none for random ones, or the path of a folder
        or of a state dict; `trainable`: none, all, or embeddings_and_layernorm (the article's choice)."""

        bert: str = "bert-large-uncased"
        weights: str = "default"
        trainable: Literal["none", "embeddings_and_layernorm", "all"] = "none"

    def __init__(self, config: Any = None) -> None:
        super().__init__(config)
        from mmf_mixer.encoders.bert import load_bert  # costs a second, so only who reads captions pays it

        self.bert = load_bert(self.options.bert, self.options.weights)
        self.out_dim: int = self.bert.config.hidden_size
        self.pad: int = self.bert.config.pad_token_id or 0
        self._set_trainable()

    def _set_trainable(self) -> None:
        if self.options.trainable == "none":
            self.freeze()
        elif self.options.trainable == "embeddings_and_layernorm":
            self.bert.requires_grad_(False)
            self.bert.embeddings.requires_grad_(True)
            for module in self.bert.modules():
                if isinstance(module, nn.LayerNorm):
                    module.requires_grad_(True)
        elif self.options.trainable != "all":
            raise InputError(
                f"bert_text: trainable is '{self.options.trainable}'; use none, embeddings_and_layernorm or all."
            )

    def encode(self, values: Tensor) -> Tensor:
        tokens: Tensor = self.bert(values, attention_mask=(values != self.pad).long()).last_hidden_state
        return tokens
