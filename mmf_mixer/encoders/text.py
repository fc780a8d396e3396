"""`bert_text`: captions through a Hugging Face BERT."""

from dataclasses import dataclass
from typing import Any, Literal

from mmf.common.registry import registry
from torch import Tensor, nn

from mmf_mixer.encoders.base import TokenEncoder
from mmf_mixer.errors import InputError
from mmf_mixer.paths import bert_folder


@registry.register_encoder("bert_text")
class BertText(TokenEncoder):
    """Token ids `B x T -> B x T x D`; D is 1024 for BERT-large and 384 for MiniLM.

    Devlin et al. (2019), https://arxiv.org/abs/1810.04805. Padding is not attended to.

    Raises:
        InputError: the weights are neither a local folder nor to be had from the hub.
    """

    @dataclass
    class Config:
        """`bert`: minilm, a folder or a hub name; `weights`: default, or none for random ones;
        `trainable`: none, all, or embeddings_and_layernorm (the article's choice)."""

        bert: str = "bert-large-uncased"
        weights: Literal["default", "none"] = "default"
        trainable: Literal["none", "embeddings_and_layernorm", "all"] = "none"

    def __init__(self, config: Any = None) -> None:
        super().__init__(config)
        from transformers import BertConfig, BertModel  # costs a second, so only who reads captions pays it

        source = bert_folder(self.options.bert)
        try:
            if self.options.weights == "none":
                settings = BertConfig.from_pretrained(source)
                self.bert = BertModel(settings, add_pooling_layer=False)
            else:
                self.bert = BertModel.from_pretrained(source, add_pooling_layer=False)
        except OSError as error:
            raise InputError(
                f"bert_text: '{self.options.bert}' is neither a folder with config.json and model.safetensors nor "
                f"in Hugging Face's cache, and it cannot be downloaded; give the folder of a BERT, or minilm."
            ) from error
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
