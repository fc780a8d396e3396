"""What a trained row says of each clip, in `scores.safetensors`: `val_` and `test_` `scores`, `targets` and `index`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from mmf_mixer.files import replacing

SCORES, ADDITIVE = "scores.safetensors", "additive.safetensors"
JUDGED = ("val", "test")


@dataclass(frozen=True)
class Scores:
    """Of the N readable clips of a split, in its order: `scores` N x L logits, `targets` N x L multi-hot, `index` N
    their places in the split."""

    scores: NDArray[np.float32]
    targets: NDArray[np.uint8]
    index: NDArray[np.int64]

    def at(self, index: NDArray[np.int64]) -> "Scores":
        """Those of the clips at these places of the split, all of which must be there; sorted."""
        kept = np.isin(self.index, index)
        return Scores(self.scores[kept], self.targets[kept], self.index[kept])


def write_scores(path: Path, splits: dict[str, Scores]) -> None:
    """Write the file, whole or not at all."""
    tensors: dict[str, NDArray[Any]] = {}
    for split, found in splits.items():
        tensors[f"{split}_scores"] = np.ascontiguousarray(found.scores, dtype=np.float32)
        tensors[f"{split}_targets"] = np.ascontiguousarray(found.targets, dtype=np.uint8)
        tensors[f"{split}_index"] = np.ascontiguousarray(found.index, dtype=np.int64)
    with replacing(path) as scratch:
        save_file(tensors, scratch)


def read_scores(path: Path) -> dict[str, Scores]:
    """By split, those of val and test that it has. Needs no torch."""
    tensors = load_file(path)
    return {
        split: Scores(tensors[f"{split}_scores"], tensors[f"{split}_targets"], tensors[f"{split}_index"])
        for split in JUDGED
        if f"{split}_index" in tensors
    }
