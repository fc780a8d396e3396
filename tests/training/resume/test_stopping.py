"""When MMF stops early, also in a resumed run."""

from pathlib import Path
from types import SimpleNamespace

import torch
from mmf.utils.early_stopping import EarlyStopping

from tests.compat import tiny

TO_THE_WORST = ("training.early_stop.enabled=true", "training.early_stop.minimize=false")  # loss falls: best is first


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
