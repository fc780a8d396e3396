"""Two processes train as one would: the same batches, losses, weights and metrics, and only the first writes."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from mmf_mixer.errors import InputError
from mmf_mixer.extraction import extract
from mmf_mixer.training.distributed import batches
from tests.compat.processes import ROOT, TORCHRUN, expect_success, python
from tests.store import small


def test_a_batch_size_that_does_not_divide_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import mmf.utils.general

    monkeypatch.setattr("mmf.utils.configuration.get_global_config", lambda key: 5)
    monkeypatch.setattr(mmf.utils.general, "get_world_size", lambda: 3)
    monkeypatch.setattr(batches, "world_size", lambda: 3)
    with pytest.raises(InputError, match="batch_size=5 is of all 3 processes together: make it a multiple of 3"):
        mmf.utils.general.get_batch_size()


@pytest.mark.parametrize(("mine", "all_of_them", "weight"), [(2, 3, 4 / 3), (1, 3, 2 / 3), (0, 3, 0.0), (0, 0, 0.0)])
def test_shares_weigh_as_their_readable_samples(
    monkeypatch: pytest.MonkeyPatch, mine: int, all_of_them: int, weight: float
) -> None:
    monkeypatch.setattr(batches.dist, "all_reduce", lambda tensor: tensor.fill_(all_of_them))
    monkeypatch.setattr(batches, "world_size", lambda: 2)
    targets = torch.full((4, 3), -1.0)  # four clips, `mine` of which could be read
    targets[:mine] = 1.0
    fields: dict[str, Any] = {"targets": targets}
    report = SimpleNamespace(losses={"loss": torch.tensor(1.0)}, batch_size=4, get=fields.get)
    assert float(batches.weight_of_share(report)) == pytest.approx(weight)


def test_processes_have_seeds_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    import mmf.utils.env

    monkeypatch.setattr(batches, "rank", lambda: 2)
    assert mmf.utils.env.set_seed(7) == 9 == torch.initial_seed()
    assert mmf.utils.env.set_seed(None) is None


def make_data(folder: Path) -> Path:
    """A config for a folder of 7 + 5 + 3 clips and the store of their features."""
    data = small.make_folder(folder / "data")
    lines = [json.loads(line) for line in (data / "train.jsonl").read_text().splitlines()]
    lines.append(lines[2] | {"id": "extra"})
    (data / "train.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    shifted = zip(lines[:5], lines[1:6], strict=True)
    copies = [line | {"id": f"copy {line['id']}", "labels": other["labels"]} for line, other in shifted]  # and hard
    (data / "val.jsonl").write_text("".join(json.dumps(line) + "\n" for line in copies))
    config = small.write_config(folder / "config.yaml", data)
    extract(small.options(config), folder / "store")
    return config


def options(config: Path, save: Path, **more: str) -> list[str]:
    """Options of a run that records itself: batches of 4 and 3 samples, and nothing left to chance but the order."""
    settings = {
        "dataset_config__clip_features__store": str(config.parent / "store"),
        "env__save_dir": str(save),
        "env__user_dir": str(ROOT / "tests" / "compat" / "recording"),
        "evaluation__metrics": "[group_accuracy,mean_average_precision,group_macro_f1]",
        "model_config__mmf_mixer__dropout": "0.0",
        "model_config__mmf_mixer__head_dropout": "0.0",
        "optimizer__params__lr": "0.02",
        "run_type": "train_val",
        "training__trainer": "recorded",
        "training__batch_size": "4",
        "training__max_updates": "6",
        "training__log_interval": "1",
        "training__checkpoint_interval": "2",
    }
    return small.options(config, "clip_features", **(settings | more))


def recorded(save: Path, rank: int = 0) -> dict[str, Any]:
    """What `tests/compat/recording` wrote of a process."""
    found: dict[str, Any] = json.loads((save / f"recorded{rank}.json").read_text())
    return found


def weights(save: Path, file: str = "current.ckpt") -> dict[str, Tensor]:
    """The weights in a checkpoint."""
    found: dict[str, Tensor] = torch.load(save / file)["model"]
    return found


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the stock command trained the Mixer in one process (`one`), and in two (`two`)."""
    folder = tmp_path_factory.mktemp("ran")
    config = make_data(folder)
    command = ("-m", "mmf_cli.run")
    alone = python(*command, *options(config, folder / "one"))
    expect_success(python(*TORCHRUN, *command, *options(config, folder / "two")))
    expect_success(alone)
    return folder


def test_losses_are_those_of_one_process(ran: Path) -> None:
    alone = recorded(ran / "one")["losses"]
    assert len(alone) == 6
    assert len(set(alone)) == 6
    assert recorded(ran / "two")["losses"] == pytest.approx(alone, abs=1e-5)


def test_weights_are_those_of_one_process(ran: Path) -> None:
    alone, together = weights(ran / "one"), weights(ran / "two")
    assert alone.keys() == together.keys()
    for name, value in alone.items():
        torch.testing.assert_close(together[name], value, rtol=1e-4, atol=1e-5)


def test_metrics_are_those_of_one_process(ran: Path) -> None:
    alone = recorded(ran / "one")["metrics"]
    assert 0 < alone["val/clip_features/mean_average_precision"] < 1
    for rank in (0, 1):
        assert recorded(ran / "two", rank)["metrics"] == pytest.approx(alone, abs=1e-6)


def test_only_the_first_process_writes(ran: Path) -> None:
    assert {"config.yaml", "current.ckpt", "labels.json"} <= set(recorded(ran / "two")["files"])
    assert recorded(ran / "two", rank=1)["files"] == []
