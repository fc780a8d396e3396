"""The batches of one update: how much each counts, and what is said if its loss is no number."""

from collections.abc import Collection, Sequence
from typing import Any

from torch import Tensor

from mmf_mixer.data.clip import UNREADABLE
from mmf_mixer.errors import InputError
from mmf_mixer.protocols import Batch, Report


def readable_samples(batch: Batch) -> int:
    """How many samples of a batch its mean loss is of: clips that could not be read have no part in it."""
    targets = batch.get("targets")
    if isinstance(targets, Tensor) and targets.dim() == 2:
        return int((targets[:, 0] != UNREADABLE).sum())
    return int(batch.get_batch_size())


def weights_of(counts: Sequence[int]) -> list[float]:
    """By how much the mean loss of each batch counts, for their sum to be the mean over all samples."""
    return [count / max(1, sum(counts)) for count in counts]


def refuse_no_number(loss: Tensor, report: Report, dataset: Any, update: int) -> None:
    """Raise InputError, naming the samples, if the loss of a batch of `dataset` is NaN or infinite."""
    if loss.isfinite():
        return
    ids = report.get("id", [])
    ids = ids.flatten().tolist() if isinstance(ids, Tensor) else ids
    names = [str(dataset.clips[index].id if hasattr(dataset, "clips") else index) for index in ids]
    raise InputError(
        f"The loss of update {update} is {loss.item()}, on {', '.join(names) or 'a batch without ids'} of "
        f"{report['dataset_name']}: look at these samples, lower optimizer.params.lr, or set training.clip_gradients="
        "true and training.max_grad_l2_norm; checkpoints are of earlier updates, and whole."
    )


def joined(reports: Sequence[Report], weights: Sequence[float], fields: Collection[str]) -> Report:
    """The report of one large batch from those of its parts, for logs and for metrics, which want these `fields`."""
    whole = reports[0]
    if len(reports) > 1:
        names = whole.losses
        parts = list(zip(reports, weights, strict=True))
        whole.losses = {name: sum(part.losses[name].detach().mean() * by for part, by in parts) for name in names}
        for part in reports[1:]:
            whole.accumulate_tensor_fields(part, fields)
            whole.batch_size += part.batch_size
    return whole
