"""Modality dropout: training clips lose whole modalities now and then, so that no model comes to lean on one alone.

It is done to the samples, so that every model of a comparison has it, MMF's own too (Neverova et al. 2016, ModDrop).
"""

import torch

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
    keys = sorted(name.removesuffix(MASK) for name in sample if name.endswith(MASK))
    luck = dict(zip(keys, torch.rand(len(keys)).tolist(), strict=True))
    stays = max((key for key in keys if sample[key + MASK].any()), key=luck.__getitem__, default=None)
    for key in keys:
        if luck[key] < chance and key != stays:
            sample[key], sample[key + MASK] = torch.zeros_like(sample[key]), torch.zeros_like(sample[key + MASK])
