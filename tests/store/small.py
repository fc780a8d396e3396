"""A dataset folder of twelve clips, two quick frozen encoders, and a config that joins them."""

import json
from pathlib import Path
from typing import Any

import torch
import yaml
from mmf.common.registry import registry
from torch import Tensor, nn

from mmf_mixer.encoders.base import TokenEncoder
from mmf_mixer.synthetic.activities import ACTIVITIES, ClipPlan, write_clip

SIZES = {"train": 6, "val": 3, "test": 3}


class Projection(TokenEncoder):
    """A fixed random projection of media that are already cut into tokens: `B x T x … -> B x T x 5`."""

    out_dim = 5
    tokens = 4

    def __init__(self, config: Any = None) -> None:
        super().__init__(config)
        weight = torch.randn(self.out_dim, 3 * 16 * 16, generator=torch.Generator().manual_seed(0))
        self.weight = nn.Parameter(0.1 * weight)
        self.freeze()

    def encode(self, values: Tensor) -> Tensor:
        return values.reshape(len(values), self.tokens, -1) @ self.weight.T


@registry.register_encoder("small_frames")
class SmallFrames(Projection):
    """`B x 4 x 3 x 16 x 16 -> B x 4 x 5`."""


@registry.register_encoder("small_audio")
class SmallAudio(Projection):
    """`B x 3 x 32 x 32 -> B x 4 x 5`."""


@registry.register_encoder("small_trained")
class SmallTrained(Projection):
    """One whose weights are left to training."""

    def __init__(self, config: Any = None) -> None:
        super().__init__(config)
        self.frozen = False
        self.weight.requires_grad_(True)


def make_folder(root: Path) -> Path:
    """Twelve synthetic clips; the last of each split has no sound."""
    (root / "clips").mkdir(parents=True)
    group = {"exclusive": True, "labels": list(ACTIVITIES)}
    (root / "labels.yaml").write_text(yaml.safe_dump({"groups": {"activity": group}}))
    for offset, (split, size) in enumerate(SIZES.items()):
        lines = []
        for index in range(size):
            absent = ("sound",) if index == size - 1 else ()
            plan = ClipPlan(f"{100 * offset + index:05d}", split, index, ("picture", "caption"), absent)
            lines.append(json.dumps(write_clip(root, plan, seed=0)) + "\n")
        (root / f"{split}.jsonl").write_text("".join(lines))
    return root


def write_config(path: Path, root: Path) -> Path:
    """A config for `mmf_mixer` on the folder's sound and picture, from the clips or from a store."""
    modality = {"embedding_dim": 5, "position_dim": 4}
    config = {
        "training": {"max_updates": 2, "batch_size": 3, "evaluation_interval": 2, "seed": 1},
        "optimizer": {"type": "SGD", "params": {"lr": 0.1}},
        "dataset_config": {
            "clips": {
                "root": str(root),
                "processors": {
                    "video_processor": {"type": "video_frames", "params": {"frames": 4, "size": 16}},
                    "audio_processor": {"type": "audio_spectrogram", "params": {"size": 32, "tokens": 4}},
                },
            }
        },
        "fusion": {
            "use": "audio,video",
            "modalities": {
                "audio": modality | {"type": "audio", "key": "audio", "encoder": {"type": "small_audio"}},
                "video": modality | {"type": "video", "key": "video", "encoder": {"type": "small_frames"}},
            },
        },
        "model_config": {"mmf_mixer": {"modalities": "${modalities:}", "num_labels": "${num_labels:}"}},
    }
    path.write_text(yaml.safe_dump(config))
    return path


def options(config: Path, dataset: str = "clips", **more: str) -> list[str]:
    """Options of `mmf_run`; the names in `more` have `__` for a dot."""
    overrides = [f"{name.replace('__', '.')}={value}" for name, value in more.items()]
    return [f"config={config}", "model=mmf_mixer", f"dataset={dataset}", *overrides]
