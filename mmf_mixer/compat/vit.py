"""The vision transformer (ViT) of MMF's source release, from the parts that transformers had before version 5."""

from functools import wraps
from types import ModuleType

from omegaconf import DictConfig, OmegaConf
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput
from transformers.models.bert.modeling_bert import BertIntermediate
from transformers.models.vit.configuration_vit import ViTConfig

from mmf_mixer.compat.mending import mend
from mmf_mixer.protocols import Json


class SelfOutput(nn.Module):
    """What ends attention: a projection, to which the layer adds its input."""

    def __init__(self, config: ViTConfig, size: int | None = None) -> None:
        super().__init__()
        self.dense = nn.Linear(size or config.hidden_size, config.hidden_size)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, hidden_states: Tensor, input_tensor: Tensor) -> Tensor:
        """B x S x `size` in, B x S x H out."""
        projected: Tensor = self.dropout(self.dense(hidden_states))
        return projected


class Output(SelfOutput):
    """What ends a layer: a projection, and the sum with what went into its two."""

    def __init__(self, config: ViTConfig) -> None:
        super().__init__(config, config.intermediate_size)

    def forward(self, hidden_states: Tensor, input_tensor: Tensor) -> Tensor:
        """B x S x I and B x S x H in, B x S x H out."""
        return super().forward(hidden_states, input_tensor) + input_tensor


class Attention(nn.Module):
    """Attention with masks, by the names of its weights in old checkpoints."""

    def __init__(self, config: ViTConfig) -> None:
        from mmf.modules.hf_layers import BertSelfAttentionJit

        super().__init__()
        self.attention = BertSelfAttentionJit(config)
        self.output = SelfOutput(config)

    def forward(
        self,
        hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        head_mask: Tensor | None = None,
        output_attentions: bool = False,
    ) -> tuple[Tensor, ...]:
        """B x S x H in, the same out; and with `output_attentions` the weights, B x heads x S x S."""
        context, weights = self.attention(hidden_states, attention_mask, head_mask)
        output = self.output(context, hidden_states)
        return (output, weights) if output_attentions else (output,)


def get_extended_attention_mask(self: PreTrainedModel, mask: Tensor, *shape_and_device: object) -> Tensor:
    """What is added to attention, B x 1 x (1 or S) x S: 0 where `mask` (B x S or B x S x S) is 1, else -10000."""
    mask = mask[:, None] if mask.dim() == 3 else mask[:, None, None]
    return (1.0 - mask.to(self.dtype)) * -10000.0


def get_head_mask(self: PreTrainedModel, mask: Tensor | None, layers: int) -> Tensor | list[None]:
    """For each layer what its heads are multiplied by, 1 x heads x 1 x 1; `mask` is of heads, or layers x heads."""
    if mask is None:
        return [None] * layers
    return mask.to(self.dtype).expand(layers, -1)[:, None, :, None, None]


@mend("mmf.modules.vit")
def parts_of_vit(module: ModuleType) -> bool:
    """MMF's ViT, which takes a mask of attention, is built from parts that transformers 5 has no more."""
    if hasattr(module.vit, "ViTOutput"):
        return False
    module.vit.ViTIntermediate, module.vit.ViTOutput = BertIntermediate, Output
    module.vit.BaseModelOutput = BaseModelOutput
    module.vit.ViTConfig.is_decoder = False  # asked for by BERT's attention
    module.ViTAttention = Attention  # type: ignore[attr-defined]
    module.ViTModel.get_extended_attention_mask = get_extended_attention_mask
    module.ViTModel.get_head_mask = get_head_mask
    return True


@mend("mmf.modules.vit")
def lists_in_the_config_of_vit(module: ModuleType) -> bool:
    """transformers 5 refuses omegaconf's lists, such as MMF's `image_size`."""
    stock = module.vit.ViTConfig.update

    @wraps(stock)
    def update(self: ViTConfig, config: DictConfig | Json) -> None:
        stock(self, OmegaConf.to_container(config, resolve=True) if isinstance(config, DictConfig) else config)

    module.vit.ViTConfig.update = update
    return True
