"""Modality dropout: training clips lose whole modalities now and then, so that no model comes to lean on one alone.

It is done to the samples, so that every model of a comparison has it, MMF's own too (Neverova et al. 2016, ModDrop).
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from mmf_mixer.protocols import Batch

MASK = "_mask"


def hide_modalities(sample: Batch, chance: float) -> None:
    """Make each modality of a sample absent with this chance; of those that it has, one always stays.

    Args:
        sample: MMF's Sample with `<key>` and `<key>_mask` of each modality. What is hidden becomes zeros.
        chance: from 0 to below 1.
    """
    if not chance:
        return
    keys = _modalities(sample)
    present = torch.stack([sample[key + MASK].any() for key in keys])
    [hidden] = _hidden(torch.rand(1, len(keys)), present.unsqueeze(0), chance).tolist()
    for key, is_hidden in zip(keys, hidden, strict=True):
        if is_hidden:
            sample[key], sample[key + MASK] = torch.zeros_like(sample[key]), torch.zeros_like(sample[key + MASK])


def hide_in_batch(batch: Batch, chance: float, generators: Iterable[torch.Generator]) -> None:
    """`hide_modalities` of each sample of a batch, in place, by a generator for each."""
    if not chance:
        return
    keys = _modalities(batch)
    present = torch.stack([batch[key + MASK].any(dim=1) for key in keys], dim=1)
    draws = [torch.rand(len(keys), generator=own) for _, own in zip(present, generators, strict=False)]
    for row, column in _hidden(torch.stack(draws), present, chance).nonzero().tolist():
        batch[keys[column]][row] = 0
        batch[keys[column] + MASK][row] = 0


def _modalities(batch: Batch) -> list[str]:
    return sorted(name.removesuffix(MASK) for name in batch if name.endswith(MASK))


def _hidden(luck: Tensor, present: Tensor, chance: float) -> Tensor:
    """Which of M modalities become absent, by luck from 0 to 1 and by which are there: all B x M."""
    luckiest = luck.where(present, -1.0).argmax(dim=1, keepdim=True)
    stays = present & torch.zeros_like(present).scatter(1, luckiest, True)
    return (luck.double() < chance) & ~stays
