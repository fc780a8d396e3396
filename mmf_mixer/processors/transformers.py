"""What a model of Hugging Face reads, made as its own files say: `transformers_text`, `_audio`, `_frames`, `_video`.

Each stands before the encoder of the same name and is given that encoder's params, so that nothing is said twice:
`params: {encoder: ${fusion.modalities.video.encoder.params}, tokens: ${tokens_of:video}}`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from mmf.common.registry import registry
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from mmf_mixer.data.clip import Clip
from mmf_mixer.errors import InputError
from mmf_mixer.hub import load_pretrained
from mmf_mixer.media.captions import Cue
from mmf_mixer.media.decode import frames_along
from mmf_mixer.media.picture import Look, Pixels
from mmf_mixer.media.sound import Samples
from mmf_mixer.processors.audio_spectrogram import AudioSpectrogram
from mmf_mixer.processors.caption_tokens import CaptionTokens, Word, tokenizer
from mmf_mixer.processors.sound import Cell, SoundProcessor
from mmf_mixer.processors.video_frames import VideoFrames, check_frames, crop_of
from mmf_mixer.settings import read_params
from mmf_mixer.store.manifest import sha256

PREPROCESSOR = "preprocessor_config.json", "video_preprocessor_config.json", "processor_config.json", "config.json"
LANDSCAPE, PORTRAIT = (1, 48, 64, 3), (1, 64, 48, 3)


@dataclass
class EncoderParams:
    """`encoder`: the params of the encoder that reads this; `tokens`: how many it makes, `${tokens_of:KEY}`."""

    encoder: dict[str, Any] = field(default_factory=dict)
    tokens: int | None = None


@dataclass
class TextParams(EncoderParams):
    """`length`: the number of tokens that are read. The other params are those of `EncoderParams`."""

    length: int = 32


@dataclass
class FramesParams(EncoderParams):
    """As in `video_frames`, but that size, mean and std are the model's own. `frames`: by default 8, or the clip length
    of a model of video. The other params are those of `EncoderParams`."""

    frames: int | None = None
    frame_rate: Any = None
    crop: list[float] | None = None
    shift: int = 0
    flip: float = 0.0


class FromFiles:
    """A processor that does what a model's files say."""

    @staticmethod
    def reads(params: Mapping[str, Any]) -> dict[str, str]:
        """Of a model in a folder, the SHA-256 of each file that says how it reads; nothing of one on the hub."""
        folder = Path((params.get("encoder") or {}).get("model") or "?").expanduser()
        return {path.name: sha256(path) for path in sorted(folder.glob("*")) if path.suffix in (".json", ".txt")}


@registry.register_processor("transformers_text")
class TransformersText(FromFiles, CaptionTokens):
    """A clip -> `values` L token ids, -1 for padding that the model does not read, and `mask` of the encoder's tokens.

    Raises InputError as `CaptionTokens` does, and for more tokens than the model reads.
    """

    name = "transformers_text"
    schema = TextParams

    def load_tokenizer(self) -> Any:
        model, length = model_of(self.name, self.params), self.params.length
        found = tokenizer(model["name"], self.name, model["revision"])
        if found.pad_token is None or length > found.model_max_length:
            most = "no padding" if found.pad_token is None else f"at most {found.model_max_length} tokens"
            raise InputError(
                f"processor {self.name}: {model['name']} reads {most}; correct length, or take another model."
            )
        return found

    def tokens(self, found: Sequence[Cue]) -> dict[str, Tensor]:
        encoded = self._encoded(found)
        ids = torch.tensor(encoded["input_ids"])
        read = torch.tensor(encoded.get("attention_mask") or [1] * len(ids)).bool()
        words = read & (ids != self.tokenizer.pad_token_id) if read.all() else read
        tokens = self.params.tokens or len(ids)
        mask = words if tokens == len(ids) else first_of(tokens, float(words.float().mean()))
        return {"values": ids.where(read, -1), "mask": mask.long() if found else torch.zeros(tokens, dtype=torch.long)}

    def words_of(self, found: Sequence[Cue]) -> list[Word]:
        return super().words_of(found) if self.params.tokens in (None, self.params.length) else []


@registry.register_processor("transformers_audio")
class TransformersAudio(FromFiles, SoundProcessor):
    """A clip -> `values`, N samples or a spectrogram 1 x …, as the model's feature extractor makes them, and `mask`.

    The middle `seconds` of longer sound are taken: those that the encoder's params say, else the model's own window.
    Where sound ends before, tokens do not exist; samples are silence, or not a number for a model that reads a mask.
    Raises InputError for a model that cannot be read by, and on a call for a file that cannot be decoded.
    """

    name: ClassVar[str] = "transformers_audio"

    def __init__(self, config: Any, *args: object, **kwargs: object) -> None:
        from transformers import AutoFeatureExtractor  # here, for it costs over a second

        params = read_params(f"processor {self.name}", EncoderParams, config)
        self.extractor = extractor = load(self.name, params, AutoFeatureExtractor)
        self.rate, self.model = extractor.sampling_rate, params.encoder["model"]
        window = window_of(extractor)
        seconds = params.encoder.get("seconds") or window
        if seconds is None or seconds > (window or seconds):
            most = f"at most {window}" if window else "any number, which has to be said"
            raise InputError(
                f"processor {self.name}: seconds of {params.encoder['model']} can be {most}; set it in its encoder."
            )
        if params.tokens is None:
            raise InputError(
                f"processor {self.name}: tokens is not set; write tokens: ${{tokens_of:KEY}} of its modality."
            )
        self.tokens = params.tokens
        self.seconds = float(seconds)
        self.length = round(self.seconds * self.rate)
        self.absent = torch.zeros_like(self._features(np.zeros(self.length, np.float32)))

    def picture(self, samples: Samples | None) -> dict[str, Tensor]:
        self.unheard = None
        if samples is None or len(samples) == 0:
            return {"values": self.absent, "mask": torch.zeros(self.tokens, dtype=torch.long)}
        heard = self.middle(samples)
        if len(heard) < len(samples):
            self.unheard = (
                f"sound is longer than the {self.seconds:g} s that {self.model} hears, and its middle is taken; set "
                "seconds in the encoder's params as far as the model allows, or make clips shorter."
            )
        return {"values": self._features(heard), "mask": first_of(self.tokens, len(heard) / self.length).long()}

    def sounds(self, values: Tensor) -> bool:
        return not torch.equal(values, self.absent)

    def middle(self, samples: Samples) -> Samples:
        """What the model hears of longer sound."""
        skipped = max(0, len(samples) - self.length) // 2
        return samples[skipped : skipped + self.length]

    def seen(self, item: Clip, values: Tensor) -> NDArray[np.float32]:
        spectrogram, samples = AudioSpectrogram({"rate": self.rate}), self._samples(item)
        return spectrogram.seen(item, spectrogram.picture(None if samples is None else self.middle(samples))["values"])

    def cells_of(self, start: float, seconds: float) -> list[Cell]:
        """Equal stretches of time, of all frequencies: an encoder's tokens are in the order of time."""
        start += max(0.0, seconds - self.seconds) / 2
        edges = [start + part / self.tokens * self.seconds for part in range(self.tokens + 1)]
        return [Cell(edge, edges[token + 1], 0.0, self.rate / 2) for token, edge in enumerate(edges[:-1])]

    def _features(self, samples: Samples) -> Tensor:
        name, options = self.extractor.model_input_names[0], {}
        if name == "input_values" and window_of(self.extractor) is None:
            options = {"padding": "max_length", "max_length": self.length}
        elif len(samples) < self.length and window_of(self.extractor) is None:
            samples = np.pad(samples, (0, self.length - len(samples)))
        made = self.extractor(samples, sampling_rate=self.rate, return_tensors="pt", **options)
        features: Tensor = made[name][0].float()
        if features.dim() > 1:
            return features.unsqueeze(0)
        return features.where(made["attention_mask"][0].bool(), torch.nan) if "attention_mask" in made else features


@registry.register_processor("transformers_frames")
class TransformersFrames(FromFiles, VideoFrames):
    """A clip -> `values` T x 3 x H x W, each frame as the model's image processor makes it, `mask` T (or `tokens`).

    Raises InputError for a wrong parameter, a model that takes pictures of any size, and on a call for a video that
    cannot be decoded.
    """

    name: ClassVar[str] = "transformers_frames"
    loaders: ClassVar[tuple[str, ...]] = ("AutoImageProcessor",)

    def __init__(self, config: Any, *args: object, **kwargs: object) -> None:
        self.params = params = read_params(f"processor {self.name}", FramesParams, config)
        params.frames = params.frames or self.own_frames()
        check_frames(self.name, params)
        self.crop = crop_of(self.name, params.crop)
        self.preprocessor = self._preprocessor()
        black = self.normalised(np.zeros(LANDSCAPE, np.uint8))
        white = self.normalised(np.full(PORTRAIT, 255, np.uint8))
        if black.shape != white.shape or black.shape[1] != 3:
            raise InputError(
                f"processor {self.name}: {params.encoder['model']} takes pictures of any size, which make no batch; "
                "take a model of fixed pictures, such as google/siglip2-base-patch16-224."
            )
        height, width = black.shape[-2:]
        at = np.s_[0, :, height // 2, width // 2, None, None]
        self.scale, self.offset = (white - black)[at] / 255, -black[at]
        self.shape = (params.frames, *black.shape[1:])
        self.tokens = params.tokens or params.frames

    def own_frames(self) -> int:
        """How many frames the model is for, where the params do not say."""
        return 8

    def read(self, video: Path, item: Clip) -> Tensor:
        frames = frames_along(video, self.times(item), self.look(), item.video_track)
        return torch.cat([self.normalised(frame[None]) for frame in frames])  # one by one, for they are large

    def normalised(self, frames: Pixels) -> Tensor:
        made = self.preprocessor(self.batch(frames), return_tensors="pt")
        pixels: Tensor = next(value for name, value in made.items() if name.startswith("pixel_values"))
        return pixels.reshape(-1, *pixels.shape[-3:])

    def batch(self, frames: Pixels) -> list[Any]:
        """Frames, T x H x W x 3, as the preprocessor wants them: each a picture of Pillow, as all know."""
        return [Image.fromarray(frame) for frame in frames]

    def look(self) -> Look:
        return Look(None, self.crop)

    def _preprocessor(self) -> Any:
        import transformers

        return load(self.name, self.params, *(getattr(transformers, loader) for loader in self.loaders))


@registry.register_processor("transformers_video")
class TransformersVideo(TransformersFrames):
    """The same for a model of video, by its video processor."""

    name = "transformers_video"
    loaders = ("AutoVideoProcessor", "AutoImageProcessor")

    def own_frames(self) -> int:
        from transformers import AutoConfig

        config = load(self.name, self.params, AutoConfig, files=("config.json",))
        count = getattr(config, "num_frames", None) or getattr(config, "frames_per_clip", None)
        if not count:
            raise InputError(f"processor {self.name}: frames is not set, and the model does not say; set it.")
        return int(count)


def model_of(asker: str, params: EncoderParams) -> dict[str, Any]:
    """Name and revision of the model in the encoder's params. Raises InputError if there are none."""
    if not params.encoder.get("model"):
        raise InputError(
            f"processor {asker}: encoder is not set; write encoder: ${{fusion.modalities.KEY.encoder.params}}."
        )
    return {"name": params.encoder["model"], "revision": params.encoder.get("revision")}


def load(asker: str, params: EncoderParams, *kinds: Any, files: tuple[str, ...] = PREPROCESSOR) -> Any:
    """What the first class that can read the model's files gives. Raises InputError if none can."""
    model = model_of(asker, params)
    for kind in kinds:
        try:
            return load_pretrained(
                f"processor {asker}",
                kind,
                model["name"],
                *files,
                remedy="name another model",
                revision=model["revision"],
            )
        except InputError as error:
            reason = error
    raise reason


def window_of(extractor: Any) -> float | None:
    """Seconds of sound that a model always reads, as Whisper, CLAP and AST do; None if it reads any length."""
    for name, per_second in (("n_samples", extractor.sampling_rate), ("nb_max_samples", extractor.sampling_rate)):
        if samples := getattr(extractor, name, None):
            return float(samples / per_second)
    frames = getattr(extractor, "max_length", None)
    return frames / 100 if frames else None  # a spectrum every 10 ms


def first_of(tokens: int, share: float) -> Tensor:
    """Which of so many tokens exist, where only the first share of the media does."""
    return torch.arange(tokens) < max(1, ceil(tokens * share - 1e-6))
