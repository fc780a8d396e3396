"""With each validation, in one pass over the split: what the heads of a model weigh is fitted to it."""

from collections.abc import Iterable
from typing import Any

import torch

from mmf_mixer.processes import all_gather
from mmf_mixer.protocols import Batch, Trainer
from mmf_mixer.training.evaluation import is_final_evaluation


@torch.no_grad()
def calibrated(trainer: Trainer, loader: Iterable[Batch]) -> Iterable[Batch]:
    """Fit the opinion pool of `trainer.model`, if it has one, to what its heads say now of the validation split.

    The weights are saved with the model, so that later evaluations need not see that split.

    Args:
        trainer: MMF's; its model is left in evaluation mode.
        loader: of this process's share of the split.

    Returns:
        The batches to validate by. They hold the scores of the heads instead of media, so that nothing is encoded
        twice; where there is nothing to fit, they are those of `loader`.
    """
    from mmf_mixer.measures.losses import readable
    from mmf_mixer.modules.experts import OpinionPool
    from mmf_mixer.registered import has_label_groups, label_groups_of

    model = getattr(trainer.model, "module", trainer.model)
    pool = getattr(model, "pool", None)
    if not isinstance(pool, OpinionPool) or is_final_evaluation() or not has_label_groups(trainer.config.datasets):
        return loader
    model.eval()
    batches = [_judged(trainer, model, batch) for batch in loader]
    mine = [(batch["head_scores"].float(), batch["targets"]) for batch in batches]
    scores, targets = zip(*(pair for share in all_gather(mine) for pair in share), strict=True)
    readable_scores, readable_targets = readable(torch.cat(scores), torch.cat(targets))
    if len(readable_targets):
        pool.fit(readable_scores, readable_targets, label_groups_of(trainer.config.datasets))
    return batches


def _judged(trainer: Trainer, model: Any, raw: Batch) -> Batch:
    """The batch, on the CPU, with what the heads say of it: `head_scores`, B x H x L, and `head_present`, B x H."""
    batch = raw.to(trainer.device)
    bf16 = bool(trainer.training_config.get("bf16", False))
    with torch.autocast(trainer.device.type, torch.bfloat16, enabled=bf16):  # as batches are evaluated
        heads = model.heads_of(model.encode(batch))
    for key in set(model.encoders) - set(trainer.metrics.required_params):
        del batch[key]
    batch["head_scores"], batch["head_present"] = heads
    return batch.to(torch.device("cpu"))
