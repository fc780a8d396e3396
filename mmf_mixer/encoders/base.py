"""What every encoder of ours shares: checked options, features that pass through, and frozen means frozen."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from mmf.modules.encoders import Encoder
from torch import Tensor, nn

from mmf_mixer.encoders.memory import Memory
from mmf_mixer.protocols import Json

AT_ONCE = {"cuda": 64, "cpu": 4}  # inputs of an encoder; with more, a CPU spends half its time on fresh memory pages


class TokenEncoder(Encoder):  # type: ignore[misc]  # MMF has no types
    """Media in, `B x T x out_dim` tokens out. Subclasses set `out_dim` and write `encode`.

    Args:
        config: a `Config`, or the `params` of a modality's `encoder` in a model's config, which MMF's
            `build_encoder` has checked and completed.
    """

    @dataclass
    class Config:
        """The encoder's options and their defaults."""

    out_dim: int
    by_frame = False  # whether its tokens are those of each frame in turn, which depend on that frame alone

    def __init__(self, config: Any = None) -> None:
        super().__init__()
        given = asdict(config) if isinstance(config, self.Config) else dict(config or {})
        given.pop("name", None)  # the encoder's own, which MMF leaves beside its options
        self.options: Any = self.Config(**given)
        self.frozen = False

    def encode(self, values: Tensor) -> Tensor:
        """From what the modality's processor gives, batched, to `B x T x out_dim`."""
        raise NotImplementedError

    def forward(self, values: Tensor) -> Tensor:
        """Encode media. Tokens that come from a feature store (floats, B x T x out_dim) are returned as they are:
        media never has that shape (pictures have four axes or more, token ids are whole numbers)."""
        if values.is_floating_point() and values.dim() == 3:
            return values
        if self.frozen and values.device.type == "cpu":  # on an accelerator, encoding costs less than hashing
            return self.memory(values, self.encode)
        return self.encode(values)

    def freeze(self) -> None:
        """No gradients, evaluation mode whatever the trainer says (BatchNorm buffers stay as loaded), and no
        place in checkpoints: the weights are loaded again from where they came."""
        self.frozen = True
        self.memory = Memory()
        self.requires_grad_(False)
        self.eval()
        self.register_load_state_dict_pre_hook(put_own_weights)

    def train(self, mode: bool = True) -> Self:
        super().train(mode and not self.frozen)
        return self

    def state_dict(self, *args: object, **options: Any) -> Json:
        """The weights, unless they are frozen. See `torch.nn.Module.state_dict`."""
        state: Json = options.get("destination", {}) if self.frozen else super().state_dict(*args, **options)
        return state


def encode_once(encoder: nn.Module, values: Tensor) -> Tensor:
    """The tokens of media, B x T x D, by any encoder. Ours remember what they have seen, for training; here each input
    comes once."""
    tokens: Tensor = (encoder.encode if isinstance(encoder, TokenEncoder) else encoder)(values)
    return tokens


def put_own_weights(encoder: nn.Module, state: Json, prefix: str, *_: object) -> None:
    """Fill a checkpoint, which leaves frozen weights out, with those the encoder has."""
    for name, value in nn.Module.state_dict(encoder).items():
        state.setdefault(prefix + name, value)
