"""MMF's training loop, early stopping and order of data, in real short runs."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from mmf.common.registry import registry
from mmf.utils.early_stopping import EarlyStopping

from mmf_mixer.compat.releases import is_package_release
from mmf_mixer.errors import InputError
from tests.compat import tiny

TO_THE_WORST = ("training.early_stop.enabled=true", "training.early_stop.minimize=false")  # loss falls: best is first


def test_max_updates_is_the_number_of_updates(tmp_path: Path) -> None:
    model = tiny.run(tmp_path, "training.max_updates=5")  # not at the end of an epoch, which has 3
    assert len(model.batches) == 5


def test_max_epochs_goes_through_the_data_that_often(tmp_path: Path) -> None:
    model = tiny.run(tmp_path, "training.max_epochs=2", "training.log_interval=1")
    assert Counter(torch.cat(model.batches).tolist()) == dict.fromkeys(range(24), 2)
    assert torch.load(tmp_path / "save" / "current.ckpt")["current_epoch"] == 2


@pytest.mark.skipif(not is_package_release(), reason="the source release refuses it itself")
def test_training_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="set training.max_updates or training.max_epochs"):
        tiny.run(tmp_path, "training.max_updates=null")


@pytest.mark.parametrize("wanted", [False, True])
def test_gradients_are_traced_only_on_demand(tmp_path: Path, wanted: bool) -> None:
    try:
        tiny.run(tmp_path, f"training.detect_anomaly={str(wanted).lower()}")
        assert torch.is_anomaly_enabled() is wanted
    finally:
        torch.autograd.set_detect_anomaly(False)


def test_a_resumed_run_remembers_when_it_was_best(tmp_path: Path) -> None:
    patient = (*TO_THE_WORST, "training.early_stop.patience=11")  # best at update 2, so it may go on until 14
    assert len(tiny.run(tmp_path, *patient, "training.max_updates=10").batches) == 10
    resumed = tiny.run(tmp_path, *patient, "training.max_updates=20", "checkpoint.resume=true")
    assert len(resumed.batches) == 4


def test_reset_counts_forgets_when_it_was_best(tmp_path: Path) -> None:
    tiny.run(tmp_path, *TO_THE_WORST)
    before = torch.load(tmp_path / "save" / "best.ckpt")
    tiny.run(tmp_path, *TO_THE_WORST, "checkpoint.resume=true", "checkpoint.reset.counts=true")
    after = torch.load(tmp_path / "save" / "best.ckpt")
    assert before["num_updates"] == after["num_updates"] == after["best_update"] == 2
    assert after["best_metric_value"] < before["best_metric_value"]


def test_an_early_stop_leaves_the_best_weights(tmp_path: Path) -> None:
    stopped = tiny.run(tmp_path, *TO_THE_WORST, "training.early_stop.patience=1", "training.max_updates=20")
    best = torch.load(tmp_path / "save" / "best.ckpt")
    assert len(stopped.batches) == 4
    assert best["num_updates"] == 2
    assert torch.equal(stopped.classifier.weight, best["model"]["classifier.weight"])


def test_an_early_stop_restores_nothing_on_rank_0_alone() -> None:
    meter = SimpleNamespace(meters={"val/total_loss": SimpleNamespace(global_avg=1.0)})
    stopping = EarlyStopping(None, SimpleNamespace(save=lambda *args, **kwargs: None), minimize=True, patience=3)
    answers = [stopping(update, update, meter) for update in (1, 3, 5, 7)]  # without the mend: no attribute `restore`
    assert answers == [False, False, True, True]
    assert stopping.is_activated()


def test_early_stopping_that_is_off_never_stops() -> None:
    meter = SimpleNamespace(meters={"val/total_loss": SimpleNamespace(global_avg=1.0)})
    checkpoint = SimpleNamespace(save=lambda *args, **kwargs: None)
    stopping = EarlyStopping(None, checkpoint, minimize=True, patience=3, should_stop=False)
    assert [stopping(update, update, meter) for update in (1, 3, 5)] == [False] * 3
    assert stopping.is_activated() and not stopping.should_stop


def ids(loader: Any) -> list[int]:
    return [int(index) for batch in loader for index in batch["id"]]


def test_only_the_training_split_is_shuffled(tmp_path: Path) -> None:
    tiny.run(tmp_path)
    trainer = registry.get("trainer")
    assert ids(trainer.val_loader) == ids(trainer.test_loader) == list(range(51))
    train = ids(trainer.train_loader)
    assert sorted(train) == list(range(24)) != train


@pytest.mark.skipif(is_package_release(), reason="the package release has no persistent workers")
def test_workers_persist_only_on_demand(tmp_path: Path) -> None:
    for wanted in ("true", "false"):
        tiny.run(tmp_path, "training.num_workers=1", f"training.persistent_workers={wanted}", "training.max_updates=1")
        loader = registry.get("trainer").train_loader.first_loader
        assert loader.persistent_workers is (wanted == "true")
