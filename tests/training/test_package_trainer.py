"""MMF's training loop, in real short runs."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from mmf.common.registry import registry

from mmf_mixer.errors import InputError
from mmf_mixer.releases import is_package_release
from tests.compat import tiny

package_only = pytest.mark.skipif(not is_package_release(), reason="the source release has a loop of its own")


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


def accumulated(
    folder: Path, batch_size: int, frequency: int, *more: str
) -> tuple[tiny.TinyModel, list[dict[str, Any]]]:
    """A model after two epochs of three updates, each of eight samples, and the history of its run."""
    folder.mkdir()
    sizes = (f"training.batch_size={batch_size}", f"training.update_frequency={frequency}")
    model = tiny.run(folder, *sizes, "training.max_epochs=2", *more)
    return model, [json.loads(line) for line in (folder / "save" / "history.jsonl").read_text().splitlines()]


@package_only
@pytest.mark.parametrize("batch_size, frequency", [(1, 8), (2, 4), (4, 2)])
def test_many_small_batches_are_one_large(tmp_path: Path, batch_size: int, frequency: int) -> None:
    clipped = ("training.clip_gradients=true", "training.max_grad_l2_norm=0.5")
    whole, in_whole = accumulated(tmp_path / "whole", 8, 1, *clipped)
    parts, in_parts = accumulated(tmp_path / "parts", batch_size, frequency, *clipped)
    assert len(whole.batches) == 6 and len(parts.batches) == 6 * frequency
    assert torch.equal(torch.cat(whole.batches), torch.cat(parts.batches))
    torch.testing.assert_close(parts.classifier.weight, whole.classifier.weight, rtol=0, atol=1e-6)
    assert [record["update"] for record in in_parts] == [record["update"] for record in in_whole]
    for part, large in zip(in_parts, in_whole, strict=True):
        assert part == pytest.approx(large, abs=1e-5)


@package_only
def test_what_is_left_of_an_epoch_is_an_update_of_its_own(tmp_path: Path) -> None:
    model, _ = accumulated(tmp_path / "run", 5, 2)  # batches of 5, 5, 5, 5, 4: updates of 10, 10 and 4
    trainer = registry.get("trainer")
    assert trainer.max_updates == torch.load(tmp_path / "run" / "save" / "current.ckpt")["num_updates"] == 6
    assert [len(batch) for batch in model.batches] == [5, 5, 5, 5, 4] * 2


@package_only
def test_metrics_of_a_step_are_of_all_its_batches(tmp_path: Path) -> None:
    more = ("training.evaluate_metrics=true", "training.max_updates=1")
    values = []
    for name, sizes in (("whole", (8, 1)), ("parts", (2, 4))):
        accumulated(tmp_path / name, *sizes, *more)
        values.append(float(registry.get("trainer").meter.meters["train/tiny/accuracy"].global_avg))
    assert values[0] == pytest.approx(values[1])


@package_only
@pytest.mark.parametrize("frequency", ["0", "half"])
def test_an_update_of_no_batches_is_refused(tmp_path: Path, frequency: str) -> None:
    with pytest.raises(InputError, match="update_frequency is a number of batches, at least 1, not"):
        tiny.run(tmp_path, f"training.update_frequency={frequency}")


@package_only
def test_a_loss_that_is_no_number_stops_with_the_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stock = tiny.TinyDataset.__getitem__

    def damaged(self: tiny.TinyDataset, index: int) -> Any:
        sample = stock(self, index)
        if index == 7 and self.dataset_type == "train":
            sample["values"] = sample["values"] * float("nan")
        return sample

    monkeypatch.setattr(tiny.TinyDataset, "__getitem__", damaged)
    with pytest.raises(InputError, match=r"loss of update [123] is nan, on (\d+, )*7(, \d+)* of tiny: look at"):
        tiny.run(tmp_path)
    assert not (tmp_path / "save" / "current.ckpt").exists()


@package_only
def test_a_checkpoint_is_written_where_it_is_due_and_nowhere_else(tmp_path: Path) -> None:
    due = ("training.max_updates=9", "training.evaluation_interval=4", "training.checkpoint_interval=3")
    tiny.run(tmp_path, *due)
    updates = sorted(int(path.stem.removeprefix("model_")) for path in (tmp_path / "save" / "models").iterdir())
    assert updates == [3, 4, 6, 8, 9]


@package_only
def test_a_finished_run_that_is_resumed_stays_as_it_is(tmp_path: Path) -> None:
    tiny.run(tmp_path, "training.max_updates=5")
    before = (tmp_path / "save" / "history.jsonl").read_text()
    assert tiny.run(tmp_path, "training.max_updates=5", "checkpoint.resume=true").batches == []
    assert (tmp_path / "save" / "history.jsonl").read_text() == before
    assert [json.loads(line)["update"] for line in before.splitlines()] == [1, 2, 2, 3, 4, 4, 5, 5]
