"""BERT over several modalities: each is embedded its own way, then all are read as one sentence."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor, nn
from transformers import BertModel

from mmf_mixer.errors import InputError
from mmf_mixer.modules.tokens import TokenSequence, slices_of


@dataclass(frozen=True)
class ModalityConfig:
    """One entry of the config's `modalities` list, with the defaults of what it leaves out."""

    key: str
    type: str
    embedding_dim: int
    segment_id: int | None = None
    layer_norm_eps: float = 1e-12
    hidden_dropout_prob: float = 0.1
    consume_raw: bool = True

    @property
    def is_words(self) -> bool:
        """Whether BERT's own word embeddings read it, rather than an encoder and a projection."""
        return self.type == "text" and self.consume_raw

    @classmethod
    def read(cls, entry: Mapping[str, Any], strict: bool = True) -> "ModalityConfig":
        """From the config's entry.

        Raises:
            InputError: it lacks `key`, `type` or `embedding_dim`, or, if `strict`, it is both words and vectors of an
                encoder.
        """
        given = {name: entry[name] for name in cls.__dataclass_fields__ if entry.get(name) is not None}
        try:
            modality = cls(**given)
        except TypeError as error:
            raise InputError(f"modality {given.get('key', dict(entry))!r} of mmf_transformer: {error}.") from error
        encoder = entry.get("encoder") or {}
        encoder = encoder.get("type") or encoder.get("name") or "identity"
        encoder = getattr(encoder, "value", encoder)  # it may be of an enum
        if strict and modality.is_words and encoder != "identity":
            raise InputError(
                f"modality '{modality.key}' of mmf_transformer is read as words by BERT, but has the encoder "
                f"{encoder}; set consume_raw: false to use the encoder, or take it out."
            )
        return modality


class Stream(NamedTuple):
    """What one modality hands over: `values` B x T token ids or B x T x D; `mask` B x T, 1 = exists;
    `segment_ids` B x T if the sample brings its own, else None."""

    values: Tensor
    mask: Tensor
    segment_ids: Tensor | None = None


class ModalityEmbeddings(nn.Module):
    """Words or projected features, plus position and segment: `B x T_i (x D_i)` each, to `B x S x H` together.

    Args:
        modalities: in the order of the sequence.
        bert: its word embeddings and embedding LayerNorm serve text as they are, its position and segment
            embeddings are the first values of ours.
        config: `initializer_mean`, `initializer_range`, `layer_norm_weight_fill` for the new projections;
            `token_noise_mean`, `token_noise_std` for the segments that BERT does not know.
    """

    def __init__(self, modalities: Sequence[ModalityConfig], bert: BertModel, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.modalities = modalities
        words = bert.embeddings
        hidden = bert.config.hidden_size
        self.token_embeddings = nn.ModuleList()
        self.layer_norms = nn.ModuleList()
        for modality in modalities:
            own_norm = nn.LayerNorm(hidden, eps=modality.layer_norm_eps)
            self.token_embeddings.append(
                words.word_embeddings if modality.is_words else _projection(modality, hidden, config)
            )
            self.layer_norms.append(words.LayerNorm if modality.is_words else own_norm)
        self.pos_embeddings = nn.ModuleList(deepcopy(words.position_embeddings) for _ in modalities)
        self.token_type_embeddings = _segments(modalities, words.token_type_embeddings.weight, config)
        self.dropouts = nn.ModuleList(nn.Dropout(modality.hidden_dropout_prob) for modality in modalities)

    def forward(self, streams: Sequence[Stream]) -> Tensor:
        """One stream per modality, in order, to `B x S x H`.

        Raises:
            InputError: vectors that are not `embedding_dim` wide, or more tokens than BERT has positions.
        """
        return torch.cat([self._embed(index, stream) for index, stream in enumerate(streams)], dim=1)

    def _embed(self, index: int, stream: Stream) -> Tensor:
        modality = self.modalities[index]
        positions = self.pos_embeddings[index].get_parameter("weight")
        check_sizes(modality, stream.values, len(positions))
        tokens: Tensor = self.token_embeddings[index](stream.values)
        tokens = tokens + positions[: tokens.shape[1]]
        if modality.segment_id is not None:
            own = stream.segment_ids
            ids = torch.full(tokens.shape[:2], modality.segment_id, device=tokens.device) if own is None else own
            tokens = tokens + self.token_type_embeddings(ids)
        embedded: Tensor = self.dropouts[index](self.layer_norms[index](tokens))
        return embedded


def check_sizes(modality: ModalityConfig, values: Tensor, positions: int) -> None:
    """Compare B x T (x D) `values` of a modality with its config, and with how many `positions` BERT knows.

    Raises:
        InputError: vectors that are not `embedding_dim` wide, or more tokens than positions.
    """
    if not modality.is_words and values.shape[-1] != modality.embedding_dim:
        raise InputError(
            f"modality '{modality.key}': its encoder gives vectors of {values.shape[-1]} numbers, but its "
            f"embedding_dim is {modality.embedding_dim}; set embedding_dim: {values.shape[-1]}."
        )
    if values.shape[1] > positions:
        raise InputError(
            f"modality '{modality.key}' has {values.shape[1]} tokens, but the BERT of transformer_base has "
            f"only {positions} positions; shorten the modality or take a longer BERT."
        )


def check_mask(key: str, mask: Tensor, values: Tensor) -> None:
    """Compare the mask of modality `key` with its B x T (x D) `values`. Raises InputError if it is not B x T."""
    if mask.shape != values.shape[:2]:
        raise InputError(
            f"modality '{key}': its mask is for {mask[0].numel()} tokens, but it has {values.shape[1]}; make its "
            f"processor say that its encoder gives {values.shape[1]} tokens."
        )


def missing_from_batch(key: str, batch: Iterable[str]) -> InputError:
    """What to tell whose batch lacks the modality `key`."""
    return InputError(
        f"modality '{key}' is in the config of mmf_transformer but not in the batch, which has {', '.join(batch)}; "
        f"give the dataset the processor {key}_processor, or leave the modality out."
    )


def slices_of_config(modalities: Sequence[Mapping[str, Any]]) -> dict[str, slice]:
    """Where each modality of a config lies in the sequence. Raises InputError if one lacks `position_dim`."""
    for entry in modalities:
        if entry.get("position_dim") is None:
            raise InputError(f"modality '{entry['key']}' of mmf_transformer has no position_dim; set it to its tokens.")
    return slices_of([entry["key"] for entry in modalities], [entry["position_dim"] for entry in modalities])


def segments_of(modalities: Sequence[ModalityConfig], known: int) -> int:
    """How many segments the table needs: one per modality, every `segment_id`, and the `known` ones of BERT,
    which the `segment_ids` of a text may name."""
    return max(known, len(modalities), *(1 + (modality.segment_id or 0) for modality in modalities))


class BertBackend(nn.Module):
    """Embeds every modality and lets a Hugging Face BERT attend over all of them."""

    def __init__(self, bert: BertModel, modalities: Sequence[ModalityConfig], config: Mapping[str, Any]) -> None:
        super().__init__()
        self.transformer = bert
        self.embeddings = ModalityEmbeddings(modalities, bert, config)

    @property
    def width(self) -> int:
        """H, the size of BERT's hidden vectors."""
        return int(self.transformer.config.hidden_size)

    def embed(self, streams: Sequence[Stream]) -> TokenSequence:
        """One stream per modality to the sequence that BERT reads, `B x S x H`."""
        mask = torch.cat([stream.mask for stream in streams], dim=1)
        return TokenSequence(self.embeddings(streams), mask.bool())

    def forward(self, tokens: TokenSequence) -> Tensor:
        """That sequence to BERT's last hidden states, `B x S x H`."""
        # Finite, so that a sample without any token attends evenly instead of giving NaN.
        penalty = (1.0 - tokens.mask.to(tokens.values.dtype))[:, None, None, :] * -10000.0
        hidden: Tensor = self.transformer.encoder(tokens.values, attention_mask=penalty).last_hidden_state
        return hidden


Module = TypeVar("Module", bound=nn.Module)


def initialise(module: Module, config: Mapping[str, Any]) -> Module:
    """Give the Linears and LayerNorms of a new `module` the first values that the config asks for, and return it."""
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.normal_(part.weight, config["initializer_mean"], config["initializer_range"])
            nn.init.zeros_(part.bias)
        elif isinstance(part, nn.LayerNorm):
            nn.init.constant_(part.weight, config["layer_norm_weight_fill"])
    return module


def _projection(modality: ModalityConfig, hidden: int, config: Mapping[str, Any]) -> nn.Sequential:
    projection = nn.Sequential(
        nn.Linear(modality.embedding_dim, hidden), nn.LayerNorm(hidden, eps=modality.layer_norm_eps)
    )
    return initialise(projection, config)


def _segments(modalities: Sequence[ModalityConfig], known: Tensor, config: Mapping[str, Any]) -> nn.Embedding:
    """BERT's segments first; the rows beyond are noise around their mean, so that all start near what BERT knows."""
    table = nn.Embedding(segments_of(modalities, len(known)), known.shape[1])
    with torch.no_grad():
        table.weight.normal_(config["token_noise_mean"], config["token_noise_std"]).add_(known.mean(dim=0))
        table.weight[: len(known)] = known
    return table
