"""BERT inside models of MMF's source release, by what transformers' BERT gave them before version 5."""

import inspect
from functools import wraps
from types import ModuleType
from typing import Any

from torch import Tensor
from transformers.modeling_outputs import BaseModelOutput
from transformers.models.bert import modeling_bert

from mmf_mixer.compat.mending import mend


class AllLayers(modeling_bert.BertEncoder):  # type: ignore[misc]  # transformers has no types here
    """BERT's layers, which give what is between them too, if asked; transformers 5 leaves that to `BertModel`."""

    def forward(
        self,
        hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        *args: object,
        output_hidden_states: bool = False,
        **kwargs: object,
    ) -> Tensor | BaseModelOutput:
        """B x S x H in; the same out, and with `output_hidden_states` that of each layer, the input first."""
        if not output_hidden_states:
            return super().forward(hidden_states, attention_mask, *args, **kwargs)
        states = [hidden_states]
        for layer in self.layer:
            states.append(layer(states[-1], attention_mask, *args, **kwargs))
        return BaseModelOutput(last_hidden_state=states[-1], hidden_states=tuple(states))


def _give_all_layers(owner: type) -> None:
    stock = owner.__init__  # type: ignore[misc]

    @wraps(stock)
    def __init__(self: Any, *args: object, **kwargs: object) -> None:
        stock(self, *args, **kwargs)
        if type(self.encoder) is modeling_bert.BertEncoder:
            self.encoder.__class__ = AllLayers
        if isinstance(self, modeling_bert.PreTrainedModel) and not hasattr(self, "all_tied_weights_keys"):
            self.all_tied_weights_keys = {}  # as post_init would, which MMF does not call here

    owner.__init__ = __init__  # type: ignore[misc]


@mend("mmf.models.uniter")
def hidden_states_of_uniter(module: ModuleType) -> bool:
    """UNITER reads the hidden states of BERT's layers, which its encoder no longer gives."""
    _give_all_layers(module.UNITERModelBase)
    return True


@mend("mmf.models.vinvl")
def hidden_states_of_vinvl(module: ModuleType) -> bool:
    """VinVL reads the hidden states of BERT's layers, which its encoder no longer gives, and loads no weights."""
    _give_all_layers(module.VinVLBase)
    return True


class CrossAttention(modeling_bert.BertCrossAttention):  # type: ignore[misc]
    """Attention to another sequence, by the names of a time when self-attention did this too."""

    def forward(
        self, hidden_states: Tensor, encoder_hidden_states: Tensor, encoder_attention_mask: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """B x S x H, which attends to B x T x H with its additive mask; B x S x H out, and the weights."""
        found: tuple[Tensor, ...] = super().forward(hidden_states, encoder_hidden_states, encoder_attention_mask)
        return found


class LayerOfSeveral(modeling_bert.BertLayer):  # type: ignore[misc]
    """A layer whose output is the first of a tuple, as once."""

    def forward(self, *args: object, **kwargs: object) -> tuple[Tensor]:
        """B x S x H in, the same out."""
        return (super().forward(*args, **kwargs),)


@mend("mmf.models.lxmert", only="source")
def cross_attention_of_lxmert(module: ModuleType) -> bool:
    """LXMERT takes a layer's output for a tuple, and its cross-attention would silently attend to itself."""
    module.BertSelfAttention, module.BertLayer = CrossAttention, LayerOfSeveral  # type: ignore[attr-defined]
    return True


@mend("mmf.modules.hf_layers")
def torchscript_of_bert(module: ModuleType) -> bool:
    """TorchScript compiles whatever a class declares: transformers 5 added a typed config and many properties."""
    model = module.PreTrainedModel
    properties = [name for name, _ in inspect.getmembers(model, lambda member: isinstance(member, property))]
    stock = module.replace_with_jit

    @wraps(stock)
    def replace_with_jit() -> None:
        stock()
        model.__jit_unused_properties__ = properties

    module.replace_with_jit = replace_with_jit  # type: ignore[attr-defined]
    module.BertModelJit.__jit_unused_properties__ = properties
    model.__jit_ignored_attributes__ = ["config"]
    return True
