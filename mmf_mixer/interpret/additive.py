"""A trained model made additive: what it would say if it only added up what each modality tells."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track

from mmf_mixer.interpret.run import TrainedRun
from mmf_mixer.interpret.scoring import logits
from mmf_mixer.measures.additive import additive_projection, recombinations
from mmf_mixer.modules.tokens import TokenSequence


def additive_scores(run: TrainedRun, split: str = "test", most: int = 2000) -> tuple[NDArray[np.float32], torch.Tensor]:
    """The additive projection of a run's logits, N x L, and the places of the N clips in the split.

    Each clip is encoded once; `DRAWS` times all sequences are recombined and scored.

    Args:
        run: from `load_run`.
        split: train, val or test.
        most: how many of its clips are looked at, by lot if there are more.

    Raises:
        InputError: no clip of the split can be read.
    """
    clips = run.encode(split, run.by_lot(split, most))
    places = recombinations(len(clips.targets), len(run.slices))
    said = [
        logits(run.score, recombined(clips.tokens, run.slices, each)).float().cpu().numpy()
        for each in track(places, "Recombining modalities", transient=True)
    ]
    return additive_projection(np.stack(said), places).astype(np.float32), clips.index


def recombined(tokens: TokenSequence, slices: Mapping[str, slice], places: NDArray[np.int64]) -> TokenSequence:
    """Sequences that have each modality of the clip at their place, N x M."""
    values, mask = tokens.values.clone(), tokens.mask.clone()
    for span, given in zip(slices.values(), torch.from_numpy(places.T.copy()), strict=True):
        values[:, span], mask[:, span] = tokens.values[given, span], tokens.mask[given, span]
    return TokenSequence(values, mask)
