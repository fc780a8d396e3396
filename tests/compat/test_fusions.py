"""MMF's fusion layers."""

import pytest
import torch
from mmf.modules.fusions import CompactBilinearPooling
from torch import Tensor


def convolved(a: Tensor, b: Tensor) -> Tensor:
    """Circular convolution of two vectors, by its definition."""
    size = len(a)
    return torch.stack([sum(a[i] * b[(k - i) % size] for i in range(size)) for k in range(size)])


@pytest.mark.parametrize("size", [6, 7])
def test_compact_bilinear_pooling_convolves_count_sketches(size: int) -> None:
    torch.manual_seed(1)
    pooling = CompactBilinearPooling(4, 3, size)
    a, b = torch.randn(2, 4), torch.randn(2, 3)
    wanted = [convolved(x @ pooling.sketch1, y @ pooling.sketch2) * size for x, y in zip(a, b, strict=True)]
    assert torch.allclose(pooling(a, b), torch.stack(wanted), atol=1e-5)


def test_of_feature_maps_each_place_is_pooled_and_all_are_summed() -> None:
    torch.manual_seed(1)
    pooling = CompactBilinearPooling(4, 3, 6)
    a, b = torch.randn(2, 4, 2, 5), torch.randn(2, 3, 2, 5)
    places = [pooling(a[:, :, row, column], b[:, :, row, column]) for row in range(2) for column in range(5)]
    assert torch.allclose(pooling(a, b), torch.stack(places).sum(dim=0), atol=1e-4)
