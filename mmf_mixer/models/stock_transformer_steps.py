"""The stock mmf_transformer in the two steps that all fusion models of ours have: `encode`, then `score`."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from mmf_mixer.compat.mending import mend


@mend("mmf.models.mmf_transformer")
def sequence_can_be_looked_at(module: ModuleType) -> bool:
    """The stock model goes from the batch to the scores in one step, with no sequence in between to explain."""
    from mmf_mixer.models.bert_backend import slices_of_config
    from mmf_mixer.modules.tokens import TokenSequence

    def encode(self: Any, sample_list: Mapping[str, Tensor]) -> TokenSequence:
        """A batch to the embedded sequence, `B x S x H`."""
        inputs = self.preprocess_sample(sample_list)
        mask = torch.cat([inputs["masks"][key] for key in self.modality_keys], dim=-1)
        values = self.backend.embeddings(inputs["input_ids"], inputs["position_ids"], inputs["segment_ids"])
        return TokenSequence(values, mask.bool())

    def score(self: Any, tokens: TokenSequence) -> Tensor:
        """That sequence through BERT's layers and the heads to scores, `B x num_labels`."""
        penalty = self.backend.generate_attention_mask([tokens.mask.to(tokens.values.dtype)])
        hidden, layers = self.backend.generate_encoded_layers(tokens.values, penalty)
        scores: Tensor = self.postprocess_output(hidden, layers, {})["scores"]
        return scores

    def slices(self: Any) -> dict[str, slice]:
        """Where each modality lies in the sequence. Raises InputError if its config lacks `position_dim`."""
        return slices_of_config(self.config.modalities)

    model = module.MMFTransformer
    model.encode, model.score, model.slices = encode, score, slices
    return True
