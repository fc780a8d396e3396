"""Before each validation: what the heads of a model weigh is fitted to the validation split."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from mmf_mixer.processes import all_gather
from mmf_mixer.training.evaluation import is_final_evaluation


def calibrate(trainer: Any) -> None:
    """Let the opinion pool of `trainer.model`, if it has one, fit its weights to what the heads say of `val` now.

    The weights are saved with the model, so that later evaluations need not see that split.
    """
    from mmf_mixer.measures.losses import readable
    from mmf_mixer.modules.experts import OpinionPool
    from mmf_mixer.registered import label_groups_of

    model = getattr(trainer.model, "module", trainer.model)
    pool = getattr(model, "pool", None)
    if not isinstance(pool, OpinionPool) or is_final_evaluation():
        return
    mine = _opinions(trainer, model)
    said = [batch for share in all_gather(mine) for batch in share]
    datasets = {batch.dataset for batch in said}
    if len(datasets) != 1:  # several have no labels in common
        return
    scores, targets = readable(
        torch.cat([batch.scores for batch in said]), torch.cat([batch.targets for batch in said])
    )
    if len(targets):
        pool.fit(scores, targets, label_groups_of(datasets.pop()))


class _Said(NamedTuple):
    """What the H heads say of B clips, B x H x L, and what is true of them, B x L."""

    dataset: str
    scores: Tensor
    targets: Tensor


@torch.no_grad()
def _opinions(trainer: Any, model: Any) -> list[_Said]:
    """Of this process's share of the validation split."""
    model.eval()
    bf16 = bool(trainer.training_config.get("bf16", False))
    said = []
    for raw in trainer.val_loader:
        batch = raw.to(trainer.device)
        with torch.autocast(trainer.device.type, torch.bfloat16, enabled=bf16):  # as they are evaluated
            opinions = model.opinions_of(model.encode(batch))
        said.append(_Said(str(batch["dataset_name"]), opinions.scores.float().cpu(), batch["targets"].cpu()))
    model.train()
    return said
