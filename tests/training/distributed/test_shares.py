"""Shares of a split: no sample twice, and joined as one process would have found them."""

from types import SimpleNamespace
from typing import Any

import mmf.utils.distributed
import pytest
import torch
from mmf.common.meter import Meter
from mmf.common.registry import registry
from mmf.modules.metrics import Metrics
from sklearn.metrics import f1_score
from torch.nn.parallel import DistributedDataParallel

from mmf_mixer.errors import InputError
from mmf_mixer.training.distributed import shares

SCORES = torch.randn(40, 4, generator=torch.Generator().manual_seed(0))
CLASSES = torch.randint(4, (40,), generator=torch.Generator().manual_seed(1))


class Split(list[int]):
    """A data set of numbers that bears the names that messages use."""

    dataset_name, dataset_type = "tiny", "val"


def test_shares_cover_the_split_once_and_in_order() -> None:
    own = [list(shares.OwnShare(Split(range(51)), num_replicas=4, rank=rank)) for rank in range(4)]
    assert [len(share) for share in own] == [13, 13, 13, 12]
    assert shares.in_split_order(own) == list(range(51))


def test_lengths_of_shares_are_told() -> None:
    assert [len(shares.OwnShare(Split(range(51)), num_replicas=2, rank=rank)) for rank in (0, 1)] == [26, 25]


def test_a_split_too_small_to_share_is_refused() -> None:
    with pytest.raises(InputError, match="val split of tiny has 1 samples, fewer than the 2 processes"):
        shares.OwnShare(Split([7]), num_replicas=2, rank=0)


def test_averages_are_weighted_by_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    meter, other = Meter(), Meter()
    for loss, samples in ((1.0, 4), (4.0, 2)):
        meter.meters["val/loss"].update(loss, samples)
    other.meters["val/loss"].update(torch.tensor(10.0), 3)
    totals = {name: (float(value.total), value.total_samples) for name, value in other.meters.items()}
    monkeypatch.setattr(shares, "all_gather", lambda mine: [mine, totals])
    shares.join_meter(meter)
    assert meter.meters["val/loss"].global_avg == pytest.approx((1 * 4 + 4 * 2 + 10 * 3) / 9)
    assert meter.get_scalar_dict() == {"val/loss": pytest.approx(42 / 9)}


def test_apart_the_processes_do_not_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(shares.dist, "broadcast", lambda tensor, source: sent.append((tensor, source)))
    monkeypatch.setattr(mmf.utils.distributed, "get_world_size", lambda: 2)  # who asks torch now, fails
    model = torch.nn.BatchNorm1d(3)
    parallel = DistributedDataParallel.__new__(DistributedDataParallel)
    torch.nn.Module.__init__(parallel)
    parallel.module = model
    trainer = SimpleNamespace(model=parallel)

    with shares.apart(trainer):
        assert trainer.model is model
        losses = {"loss": torch.tensor(1.0)}
        assert mmf.utils.distributed.reduce_dict(losses) is losses
        assert torch.equal(mmf.utils.distributed.gather_tensor(torch.ones(2)), torch.ones(2))
    assert trainer.model is parallel
    assert [(id(tensor), source) for tensor, source in sent] == [(id(buffer), 0) for buffer in model.buffers()]
    with pytest.raises(ValueError, match="process group"):
        mmf.utils.distributed.reduce_dict(losses)


def test_shares_are_joined_before_a_metric_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Report(dict[str, Any]):
        dataset_type, dataset_name = "val", "tiny"

    other = {"scores": SCORES[25:], "targets": CLASSES[25:]}
    asked = iter(sorted(other))
    monkeypatch.setattr(shares, "_apart", True)
    monkeypatch.setattr(shares, "all_gather", lambda mine: [mine, other[next(asked)]])
    registry.register("writer", SimpleNamespace(write=print))

    mine = Report(scores=SCORES[:25], targets=CLASSES[:25])
    found = Metrics(["macro_f1"])(mine, mine)["val/tiny/macro_f1"]
    expected = f1_score(CLASSES, SCORES.argmax(dim=1), average="macro")
    assert float(found) == pytest.approx(expected, abs=1e-6)
