"""Any encoder of Hugging Face: `transformers_text`, `transformers_audio`, `transformers_frames`, `transformers_video`.

Each is a model of `transformers.AutoModel`, or one tower of it, beside the processor of the same name.
"""

from dataclasses import dataclass
from inspect import signature
from math import ceil
from typing import Any, ClassVar

import torch
from einops import rearrange
from mmf.common.registry import registry
from torch import Tensor

from mmf_mixer.encoders.base import TokenEncoder
from mmf_mixer.errors import InputError

SPECTRA = 100  # a second: the step of all spectrograms of a fixed length is 10 ms


class TransformersEncoder(TokenEncoder):
    """What the four share. `origin` says whence the weights are: `revision` and `licence`.

    Raises:
        InputError: a model that is not to be had, or an option that it cannot follow.
    """

    @dataclass
    class Config:
        """`model`: a name on the Hugging Face hub or a folder, with `model.safetensors`; `revision`: a branch, tag or
        commit of the hub; `part`: vision, text or audio of a model of several towers, by default the one that suits;
        `pool`: tokens keeps those with a place in the media, mean is their average (of each frame, for
        `transformers_frames`), a number is so many averages over equal stretches of time, and cls is the model's own
        summary; `layer`: whose output is taken, the last by default (negative from the end, 0 is what enters the
        first); `weights`: default, or none for random ones; `trainable`: train it too."""

        model: str = ""
        revision: str | None = None
        part: str | None = None
        pool: Any = "tokens"
        layer: int | None = None
        weights: str = "default"
        trainable: bool = False

    name: ClassVar[str]
    part: ClassVar[str]

    def __init__(self, config: Any = None) -> None:
        super().__init__(config)
        self._check_options()
        from mmf_mixer.encoders.towers import load_tower, width_of  # costs a second, so only who names one pays it

        self.tower, self.origin = load_tower(self.name, self.options, self.part)
        self.out_dim = width_of(self.tower)
        known = signature(self.tower.forward).parameters
        self.asides: dict[str, Any] = {"skip_predictor": True} if "skip_predictor" in known else {}
        if not self.options.trainable:
            self.freeze()

    def tokens_of(self, media: Tensor, exists: Tensor | None = None) -> Tensor:
        """The tokens of media as the model reads it, pooled: B x … -> B x T x D.

        `exists` says of token ids or samples, B x N, which are no padding.
        """
        from mmf_mixer.encoders.towers import averaged, in_order

        options, inputs = self.options, {self.tower.main_input_name: media, **self.asides}
        if exists is not None and not exists.is_meta:  # where only shapes are asked for, a mask has no numbers
            inputs["attention_mask"] = exists.long()
        output = self.tower(**inputs, output_hidden_states=options.layer is not None)
        if options.pool == "cls":
            return self.summary(output).flatten(1).unsqueeze(1)
        tokens = self.kept(in_order(self.tower, self._hidden(output), media), media)
        if options.pool == "tokens":
            return tokens
        count = 1 if options.pool == "mean" else options.pool
        if count > tokens.shape[1]:
            raise InputError(f"{self.name}: pool is {count}, but {options.model} gives {tokens.shape[1]} tokens.")
        return averaged(tokens, None if exists is None else shares(exists, tokens.shape[1]), count)

    def kept(self, tokens: Tensor, media: Tensor) -> Tensor:
        """Of tokens in the order of time those that are of interest: all."""
        return tokens

    def summary(self, output: Any) -> Tensor:
        """The model's own summary of all it has read, B x D. Raises InputError if it makes none."""
        vector: Tensor | None = getattr(output, "pooler_output", None)
        if vector is None:
            raise InputError(f"{self.name}: {self.options.model} has no token for the whole; write pool: mean.")
        return vector

    def _hidden(self, output: Any) -> Tensor:
        """What the wanted layer gives."""
        layer = self.options.layer
        if layer is None:
            last: Tensor = output.last_hidden_state
            return last
        states = getattr(output, "hidden_states", None) or ()
        if not -len(states) <= layer < len(states):
            raise InputError(f"{self.name}: layer is {layer}, but {self.options.model} has {len(states) - 1} layers.")
        state: Tensor = states[layer]
        return state

    def _check_options(self) -> None:
        pool, weights = self.options.pool, self.options.weights
        if pool not in ("tokens", "mean", "cls") and not (type(pool) is int and pool > 0):
            raise InputError(f"{self.name}: pool is {pool!r}; it can be tokens, mean, cls or a number of tokens.")
        if pool == "cls" and self.options.layer is not None:
            raise InputError(f"{self.name}: pool: cls is of the last layer; leave layer out, or write pool: mean.")
        if weights not in ("default", "none"):
            raise InputError(f"{self.name}: weights is {weights!r}; write default or none, and name a folder as model.")


@registry.register_encoder("transformers_text")
class TransformersText(TransformersEncoder):
    """Token ids `B x T`, -1 where there is none, `-> B x T x D`. Padding is not attended to.

    The summary is the vector of the first token where the model makes none.
    """

    name, part = "transformers_text", "text"

    def encode(self, values: Tensor) -> Tensor:
        exists = values >= 0
        return self.tokens_of(values.where(exists, getattr(self.tower.config, "pad_token_id", None) or 0), exists)

    def summary(self, output: Any) -> Tensor:
        first: Tensor = output.last_hidden_state[:, 0]
        vector = getattr(output, "pooler_output", None)
        return first if vector is None else vector


@registry.register_encoder("transformers_audio")
class TransformersAudio(TransformersEncoder):
    """Samples `B x N`, not a number where there is none, or a spectrogram `B x 1 x …`, `-> B x T x D`.

    Tokens of several bands are in the order of time, then of frequency. Samples that are none are not attended to.
    """

    @dataclass
    class Config(TransformersEncoder.Config):
        """`seconds`: the length of sound that is looked at, by default that of the model's own window; of a model
        that always reads a longer one, only the tokens of these seconds are kept."""

        seconds: float | None = None

    name, part = "transformers_audio", "audio"

    def __init__(self, config: Any = None) -> None:
        super().__init__(config)
        if getattr(self.tower.config, "enable_fusion", False):
            raise InputError(
                f"{self.name}: {self.options.model} fuses long sound with parts of it, which is not done here; take "
                "one that does not, such as laion/clap-htsat-unfused."
            )

    def encode(self, values: Tensor) -> Tensor:
        if values.dim() > 2:
            return self.tokens_of(values.squeeze(1))
        exists = ~values.isnan()
        return self.tokens_of(values.nan_to_num(0.0), exists)

    def kept(self, tokens: Tensor, media: Tensor) -> Tensor:
        if self.options.seconds is None or media.dim() == 2:
            return tokens
        part = self.options.seconds * SPECTRA / max(media.shape[-2:])
        return tokens[:, : ceil(tokens.shape[1] * part)]


@registry.register_encoder("transformers_frames")
class TransformersFrames(TransformersEncoder):
    """Each frame by a model of pictures: `B x T x 3 x H x W -> B x T*n x D`, n tokens for each."""

    name, part = "transformers_frames", "vision"
    by_frame = True

    def encode(self, values: Tensor) -> Tensor:
        tokens = self.tokens_of(rearrange(values, "b t c h w -> (b t) c h w"))
        return rearrange(tokens, "(b t) n d -> b (t n) d", b=len(values))


@registry.register_encoder("transformers_video")
class TransformersVideo(TransformersEncoder):
    """A clip of frames by a model of video: `B x T x 3 x H x W -> B x n x D`."""

    name, part = "transformers_video", "vision"

    def encode(self, values: Tensor) -> Tensor:
        return self.tokens_of(values)


def shares(exists: Tensor, tokens: int) -> Tensor:
    """Which of so many tokens exist, B x T, where each stands for an equal stretch of N inputs, B x N."""
    if tokens == exists.shape[1]:
        return exists
    count = (exists.float().mean(dim=1, keepdim=True) * tokens).floor().clamp(min=1)
    return torch.arange(tokens, device=exists.device) < count
