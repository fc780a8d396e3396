"""What is made of a video's windows: on the disk, so that memory does not grow, and a kill costs little."""

import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmf_mixer.files import room_for, write_json
from mmf_mixer.modules.tokens import TokenSequence
from mmf_mixer.protocols import Json

STATE = "state.json"

Records = NDArray[np.void]


class Kept:
    """Windows in a `folder`, which must be there: S tokens of C channels, scores of L labels, shares of M modalities.

    A folder of the same `key`, which names all that windows hang on, is gone on with, but for its last window, so that
    no frame is missed; any other begins anew. `state` is what else whoever goes on must know.
    """

    def __init__(self, folder: Path, key: str, tokens: tuple[int, int], labels: int, modalities: int) -> None:
        self.folder, self.key = folder, key
        self.kinds = {
            "tokens": np.dtype([("values", "<f2", tokens), ("mask", "?", tokens[:1])]),
            "scores": np.dtype([("scores", "<f4", labels), ("shares", "<f4", (labels, modalities))]),
        }
        self.count, self.state = self._found()
        for name, kind in self.kinds.items():
            with (folder / name).open("ab") as file:
                file.truncate(self.count * kind.itemsize)

    def add(self, tokens: TokenSequence, scores: Tensor, shares: Tensor, state: Json) -> None:
        """The next windows: tokens B x S x C, scores B x L, shares B x L x M. Raises InputError if the disk is full."""
        made = {name: np.zeros(len(scores), kind) for name, kind in self.kinds.items()}
        made["tokens"]["values"] = tokens.values.half().cpu().numpy()
        made["tokens"]["mask"] = tokens.mask.cpu().numpy()
        made["scores"]["scores"] = scores.cpu().numpy()
        made["scores"]["shares"] = shares.cpu().numpy()
        for name, records in made.items():
            with room_for(self.folder / name), (self.folder / name).open("ab") as file:
                file.write(records.tobytes())
        self.count += len(scores)
        write_json(self.folder / STATE, {"key": self.key, "windows": self.count, "state": state})

    def scores(self) -> Records:
        """Of all windows: `scores` N x L and `shares` N x L x M."""
        return np.fromfile(self.folder / "scores", self.kinds["scores"])

    def tokens(self, number: int) -> TokenSequence:
        """Those of a window, 1 x S x C."""
        kind = self.kinds["tokens"]
        found = np.fromfile(self.folder / "tokens", kind, count=1, offset=number * kind.itemsize)
        return TokenSequence(torch.from_numpy(found["values"].astype(np.float32)), torch.from_numpy(found["mask"]))

    def _found(self) -> tuple[int, Json | None]:
        try:
            found = json.loads((self.folder / STATE).read_text(encoding="utf-8"))
            sizes = [(self.folder / name).stat().st_size // kind.itemsize for name, kind in self.kinds.items()]
            count = min(found["windows"], *sizes) - 1
            return (count, found["state"]) if found["key"] == self.key and count > 0 else (0, None)
        except (OSError, ValueError, KeyError, TypeError):  # none, or not whole
            return 0, None
