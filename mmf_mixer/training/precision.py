"""Training in bfloat16 where it does no harm."""

from collections.abc import Mapping
from functools import wraps
from types import ModuleType

import torch
from torch import Tensor

from mmf_mixer.compat.mending import mend
from mmf_mixer.protocols import Batch
from mmf_mixer.releases import is_package_release


@mend("mmf.modules.losses")
def losses_in_full(module: ModuleType) -> bool:
    """Under autocast losses would be taken of scores in bfloat16, whose three digits are too few for logarithms."""
    if not is_package_release():
        return False
    stock = module.Losses.forward

    @wraps(stock)
    def forward(
        self: object, sample_list: Batch, model_output: Mapping[str, object], *args: object, **kwargs: object
    ) -> object:
        full = in_full(model_output)
        if not full:
            return stock(self, sample_list, model_output, *args, **kwargs)
        with torch.autocast(next(iter(full.values())).device.type, enabled=False):
            return stock(self, sample_list, {**model_output, **full}, *args, **kwargs)

    module.Losses.forward = forward
    return True


def in_full(values: Batch | Mapping[str, object]) -> dict[str, Tensor]:
    """Those of the values that are tensors in bfloat16, as float32."""
    tensors = {name: value for name, value in values.items() if isinstance(value, Tensor)}
    return {name: value.float() for name, value in tensors.items() if value.dtype == torch.bfloat16}
