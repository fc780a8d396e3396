"""MMF's fusion layers."""

from functools import wraps
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from mmf_mixer.compat.mending import mend


@mend("mmf.modules.fusions")
def compact_bilinear_pooling(module: ModuleType) -> bool:
    """The package release's MCB multiplies spectra by torch.rfft and torch.irfft, which torch removed."""
    if hasattr(torch, "rfft") or hasattr(module, "rfft"):  # the source release brings its own
        return False

    @wraps(module.CompactBilinearPooling.forward)
    def forward(self: Any, x1: Tensor, x2: Tensor) -> Tensor:
        """Two vectors per place, B x D1 and B x D2, or B x D x H x W each, to the circular convolution of their count
        sketches (Gao et al., "Compact Bilinear Pooling", 2016), times `output_dim` as in MMF."""
        maps = x1.dim() == 4
        first, second = ((x.permute(0, 2, 3, 1) if maps else x) for x in (x1, x2))
        spectrum = torch.fft.rfft(first @ self.sketch1) * torch.fft.rfft(second @ self.sketch2)
        pooled: Tensor = torch.fft.irfft(spectrum, n=self.output_dim) * self.output_dim
        if maps:
            return pooled.sum(dim=[1, 2]) if self.sum_pool else pooled.permute(0, 3, 1, 2)
        return pooled

    module.CompactBilinearPooling.forward = forward
    return True
