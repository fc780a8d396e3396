"""The check that stencils depend on what the model has learned (Adebayo et al. 2018, arXiv:1810.03292)."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from scipy.stats import spearmanr
from torch import Tensor, nn


@contextmanager
def shuffled_weights(model: nn.Module, seed: int) -> Iterator[None]:
    """Meanwhile each weight tensor of the model, but for its encoders, has its values in random order.

    Shuffled rather than drawn anew, so that each layer keeps its scale and the model still tells inputs apart.
    """
    lot = torch.Generator().manual_seed(seed)
    parameters = {name: each for name, each in model.named_parameters() if not name.startswith("encoders.")}
    kept = {name: each.detach().clone() for name, each in parameters.items()}
    with torch.no_grad():
        for each in parameters.values():
            order = torch.randperm(each.numel(), generator=lot).to(each.device)
            each.copy_(each.flatten()[order].view_as(each))
    try:
        yield
    finally:
        with torch.no_grad():
            for name, value in kept.items():
                parameters[name].copy_(value)


def rank_correlation(first: Tensor, second: Tensor) -> Tensor:
    """Spearman's rank correlation between the cells of two sets of stencils, class by class: L x S x C twice to L."""
    pairs = zip(first.flatten(1).cpu().numpy(), second.flatten(1).cpu().numpy(), strict=True)
    return torch.tensor([float(spearmanr(one, other).statistic) for one, other in pairs])
