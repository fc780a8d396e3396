"""MMFTransformer for hosts that lack it: the baseline that attends over all tokens of all modalities."""

from collections.abc import Mapping
from itertools import count
from typing import Any

import torch
from mmf.models.base_model import BaseModel
from mmf.utils.build import build_encoder
from omegaconf import DictConfig, OmegaConf
from torch import Tensor, nn
from transformers.activations import ACT2FN

from mmf_mixer.encoders.bert import load_bert
from mmf_mixer.errors import InputError
from mmf_mixer.models.bert_backend import (
    BertBackend,
    ModalityConfig,
    Stream,
    check_mask,
    initialise,
    missing_from_batch,
    slices_of_config,
)
from mmf_mixer.models.fusion import check_labels
from mmf_mixer.models.if_absent import register_model_if_absent
from mmf_mixer.modules.tokens import TokenSequence, masked_mean
from mmf_mixer.protocols import Json

IDENTITY = OmegaConf.create({"type": "identity"})


class Pooler(nn.Module):
    """The first token through a Linear and a tanh: `B x S x H -> B x H`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, width)

    def forward(self, hidden: Tensor) -> Tensor:
        """Pool `hidden`, B x S x H."""
        return torch.tanh(self.dense(hidden[:, 0]))


class HiddenLayer(nn.Module):
    """Linear, activation, LayerNorm: `B x D -> B x H`."""

    def __init__(self, in_dim: int, width: int, activation: str, eps: float) -> None:
        super().__init__()
        self.dense = nn.Linear(in_dim, width)
        self.activation = ACT2FN[activation]
        self.LayerNorm = nn.LayerNorm(width, eps=eps)

    def forward(self, vectors: Tensor) -> Tensor:
        """Transform `vectors`, B x D."""
        transformed: Tensor = self.LayerNorm(self.activation(self.dense(vectors)))
        return transformed


class MlpHead(nn.Module):
    """The head of type `mlp`: pool, hidden layers, then one score per label: `B x S x H -> B x num_labels`.

    Args:
        config: an entry of the config's `heads`.
        width: H, what BERT gives.
        num_labels: for an entry that does not set its own.

    Raises:
        InputError: the entry's `in_dim` is not H.
    """

    def __init__(self, config: Mapping[str, Any], width: int, num_labels: int) -> None:
        super().__init__()
        given = {name: value for name, value in config.items() if value is not None}
        if given.get("in_dim", width) != width:
            raise InputError(
                f"mmf_transformer: in_dim of its head is {given['in_dim']}, but the BERT of transformer_base gives "
                f"vectors of {width} numbers; set in_dim: {width}, or leave it out."
            )
        size = given.get("hidden_size", width)
        activation, eps = given.get("hidden_act", "gelu"), given.get("layer_norm_eps", 1e-6)
        layers: list[nn.Module] = []
        for before in [width, *[size] * given.get("num_layers", 1)][:-1]:
            layers.append(nn.Dropout(given.get("hidden_dropout_prob", 0.1)))
            layers.append(HiddenLayer(before, size, activation, eps))
        last = nn.Linear(size if layers else width, given.get("num_labels", num_labels))
        self.pooler = Pooler(width)
        self.classifier = nn.Sequential(*layers, last)

    def forward(self, hidden: Tensor) -> Tensor:
        """Score `hidden`, B x S x H."""
        scores: Tensor = self.classifier(self.pooler(hidden))
        return scores


@register_model_if_absent("mmf_transformer")
class MMFTransformer(BaseModel):  # type: ignore[misc]  # MMF has no types
    """Text, audio and video as one sequence through BERT.

    Args:
        config: `model_config.mmf_transformer`; the keys and their defaults are in
            `configs/models/mmf_transformer/defaults.yaml`.
    """

    @classmethod
    def config_path(cls) -> str:
        """Where the default options are."""
        return "configs/models/mmf_transformer/defaults.yaml"

    def build(self) -> None:
        """Make the encoders, BERT and the head.

        Raises:
            InputError: `transformer_base` cannot be loaded, there are no modalities, or an option asks for what only
                the stock model has.
        """
        config = self.config
        _check_options(config)
        if all(head.get("num_labels") is None for head in config.heads):
            check_labels(config)
        self.modalities = [ModalityConfig.read(entry) for entry in config.modalities]
        self.encoders = nn.ModuleDict(
            {
                modality.key: build_encoder(entry.get("encoder") or IDENTITY)
                for modality, entry in zip(self.modalities, config.modalities, strict=True)
                if not modality.is_words
            }
        )
        weights = "none" if config.random_initialize else "default"
        remedy = "set random_initialize: true"
        bert = load_bert(config.transformer_base, weights, "transformer_base", remedy, pooler=True)
        self.backend = BertBackend(bert, self.modalities, config)
        bert.requires_grad_(not config.freeze_transformer)
        head = MlpHead(config.heads[0], self.backend.width, config.num_labels)
        self.heads = nn.ModuleList([initialise(head, config)])

    def encode(self, sample_list: Mapping[str, Tensor]) -> TokenSequence:
        """Everything left of BERT's layers: a batch to one embedded sequence, `B x S x H`. Raises as `forward` does."""
        return self.backend.embed(self._streams(sample_list))

    def score(self, tokens: TokenSequence) -> Tensor:
        """BERT's layers and the head: one sequence to scores, `B x S x H -> B x num_labels`."""
        scores: Tensor = self.heads[0](self.backend(tokens))
        return scores

    def slices(self) -> dict[str, slice]:
        """Where each modality lies in the sequence that `encode` gives, if it has `position_dim` tokens.

        Raises:
            InputError: a modality's config lacks `position_dim`.
        """
        pooled = self.config.get("pooled", ())
        return slices_of_config(
            [{**entry, "position_dim": 1} if entry.key in pooled else entry for entry in self.config.modalities]
        )

    def forward(self, sample_list: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """From a batch with `<key>` and `<key>_mask` of every modality to `{"scores": B x num_labels}`.

        Raises:
            InputError: the batch lacks a modality, or a modality's sizes are not those of the config.
        """
        return {"scores": self.score(self.encode(sample_list))}

    def _streams(self, batch: Mapping[str, Tensor]) -> list[Stream]:
        texts = count()  # stacked text holds one stream for each text modality, in their order
        return [
            _words(batch, modality, next(texts)) if modality.is_words else self._vectors(batch, modality)
            for modality in self.modalities
        ]

    def _vectors(self, batch: Mapping[str, Tensor], modality: ModalityConfig) -> Stream:
        values = self.encoders[modality.key](_field(batch, modality.key))
        if values.dim() == 2:
            values = values.unsqueeze(1)
        mask = _mask(batch, modality, values)
        if modality.key in self.config.get("pooled", ()):
            return Stream(masked_mean(values, mask.bool()).unsqueeze(1), mask.amax(dim=1, keepdim=True))
        return Stream(values, mask)

    def get_optimizer_parameters(self, config: DictConfig) -> list[Json]:
        """Groups of parameters: vectors (the biases and LayerNorms) get no weight decay, and everything below
        the head `finetune_lr_multiplier` times the learning rate."""
        groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
        for name, parameter in self.named_parameters():
            if parameter.requires_grad:
                groups.setdefault((name.startswith("heads."), parameter.dim() > 1), []).append(parameter)
        below_head = {"lr": config.optimizer.params.lr * self.config.finetune_lr_multiplier}
        return [
            {"params": parameters} | ({} if in_head else below_head) | ({} if decays else {"weight_decay": 0.0})
            for (in_head, decays), parameters in groups.items()
        ]


def _words(batch: Mapping[str, Tensor], modality: ModalityConfig, number: int) -> Stream:
    ids = _one_text(batch["input_ids"] if "input_ids" in batch else _field(batch, modality.key), number)
    segment_ids = _one_text(batch["segment_ids"], number) if "segment_ids" in batch else None
    return Stream(ids, _mask(batch, modality, ids, number), segment_ids)


def _one_text(field: Tensor, number: int) -> Tensor:
    """The `number`-th of stacked texts, `B x n x L -> B x L`; a text that is not stacked as it is."""
    return field[:, number] if field.dim() == 3 else field


def _mask(batch: Mapping[str, Tensor], modality: ModalityConfig, values: Tensor, number: int = 0) -> Tensor:
    key = "input_mask" if modality.is_words and "input_mask" in batch else f"{modality.key}_mask"
    if key not in batch:
        return values.new_ones(values.shape[:2])
    mask = _one_text(batch[key], number)
    check_mask(modality.key, mask, values)
    return mask


def _field(batch: Mapping[str, Tensor], key: str) -> Tensor:
    if key not in batch:
        raise missing_from_batch(key, batch)
    return batch[key]


def _check_options(config: Mapping[str, Any]) -> None:
    asked = [name for name in ("tie_weight_to_encoder", "freeze_image_encoder") if config.get(name)]
    asked += [f"heads[{place}].type" for place, head in enumerate(config["heads"]) if place or head["type"] != "mlp"]
    asked += ["backend.type"] if config["backend"]["type"] != "huggingface" else []
    if not config["modalities"]:
        raise InputError("model_config.mmf_transformer.modalities is empty; list at least one modality.")
    if asked:
        raise InputError(
            f"mmf_transformer: this MMF release has only the plugin's own model, which cannot do {', '.join(asked)} "
            f"(it has one head of type mlp over a huggingface backend); take it out of the config."
        )
