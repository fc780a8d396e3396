"""Two real processes on CPU, started in each of the three ways, and what one process can say about them."""

import json
import signal
import socket
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import mmf.utils.distributed
import pytest
import torch
import torch.distributed as dist
from mmf_cli.run import run as mmf_run
from omegaconf import OmegaConf
from sklearn.metrics import f1_score
from torch import Tensor

from mmf_mixer.errors import InputError
from mmf_mixer.training.distributed import processes as distributed
from tests.compat import tiny
from tests.compat.processes import ROOT, TORCHRUN, expect_success, outcome, python

UNUSED = "training.find_unused_parameters=true"  # without it, torch refuses TinyModel's second update


def torchrun(*arguments: str) -> None:
    """Run `tiny.py` with these arguments in two processes, and expect them to end well."""
    expect_success(python(*TORCHRUN, str(ROOT / "tests" / "compat" / "tiny.py"), *arguments))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
        return port


def reports(folder: Path) -> list[dict[str, Any]]:
    """What each process says of its last run with this folder; see `tiny.report`."""
    return [json.loads((folder / "save" / f"rank{rank}.json").read_text()) for rank in (0, 1)]


def seen(folder: Path, batches: slice) -> list[int]:
    """The training samples in those batches of all processes, sorted."""
    return sorted(index for rank in reports(folder) for batch in rank["batches"][batches] for index in batch)


def scores_and_targets(folder: Path, split: str) -> tuple[Tensor, Tensor]:
    """51 x 3 scores of the best model in `folder`, and 51 classes."""
    weights = torch.load(folder / "save" / "best.ckpt")["model"]
    values = tiny.TinyDataset({}, split).values
    scores = values @ weights["classifier.weight"].T + weights["classifier.bias"]
    return scores, values[:, : tiny.CLASSES].argmax(dim=1)


def assert_one_row_each(folder: Path) -> None:
    """Each of the 51 test samples has one row, in order, with the answer of the best model."""
    answers = scores_and_targets(folder, "test")[0].argmax(dim=1).tolist()
    (file,) = folder.rglob("reports/*.json")
    assert json.loads(file.read_text()) == [{"id": index, "answer": answer} for index, answer in enumerate(answers)]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which two processes trained until an early stop, then predicted, then met without torchrun's help."""
    folder = tmp_path_factory.mktemp("torchrun")
    (folder / "by_hand").mkdir()
    early_stop = ("training.early_stop.enabled=true", "training.early_stop.minimize=false")  # the loss falls
    until = ("training.early_stop.patience=1", "training.max_updates=20", "evaluation.metrics=[accuracy,macro_f1]")
    resume = ("checkpoint.resume=true", "checkpoint.resume_best=true")
    rank = ("distributed.world_size=2", "distributed.rank=RANK", "distributed.backend=gloo")
    torchrun(
        *tiny.options(folder, *early_stop, *until, UNUSED),
        *("then", *tiny.options(folder, *resume, "run_type=test", "evaluation.predict=true")),
        *("then", *tiny.options(folder / "by_hand", "training.max_updates=4", UNUSED, *rank)),
        f"distributed.init_method=tcp://localhost:{free_port()}",
    )
    return folder


def test_processes_join_their_gradients(ran: Path) -> None:
    assert [rank["joined"] for rank in reports(ran)] == [True, True]


def test_an_early_stop_ends_every_process(ran: Path) -> None:
    best, last = torch.load(ran / "save" / "best.ckpt"), torch.load(ran / "save" / "models" / "model_2.ckpt")
    assert best["num_updates"] == last["num_updates"] == 2
    assert not (ran / "save" / "models" / "model_6.ckpt").exists()  # stopped after update 4


def test_epochs_are_counted_by_one(ran: Path) -> None:
    assert torch.load(ran / "by_hand" / "save" / "current.ckpt")["current_epoch"] == 2  # of 3 updates each


def test_metrics_and_loss_are_those_of_all_samples(ran: Path) -> None:
    scores, targets = scores_and_targets(ran, "val")
    found = torch.load(ran / "save" / "best.ckpt")
    assert found["best_metric_value"] == pytest.approx(float(torch.nn.functional.cross_entropy(scores, targets)))
    expected = {
        "val/tiny/accuracy": float((scores.argmax(dim=1) == targets).float().mean()),
        "val/tiny/macro_f1": f1_score(targets, scores.argmax(dim=1), average="macro"),
    }
    for rank in reports(ran):
        assert rank["metrics"] == pytest.approx(expected)


def test_prediction_has_one_row_for_each_sample(ran: Path) -> None:
    assert_one_row_each(ran)


def test_processes_meet_at_a_given_address(ran: Path) -> None:
    assert seen(ran / "by_hand", slice(3)) == list(range(24))


def test_mmf_starts_the_processes_itself(tmp_path: Path) -> None:
    (tmp_path / "tiny_user").mkdir()
    (tmp_path / "tiny_user" / "__init__.py").write_text("import tests.compat.tiny")
    options = ("run_type=train_test", "evaluation.predict=true", "distributed.world_size=2", "training.max_updates=3")
    mmf_run(tiny.options(tmp_path, *options, UNUSED, f"env.user_dir={tmp_path / 'tiny_user'}"))
    assert_one_row_each(tmp_path)
    assert "classifier.weight" in torch.load(tmp_path / "save" / "tiny_final.pth")  # as one process alone saves it


def test_python_m_refuses_to_start_processes_on_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    sys.modules["__main__"].__spec__ = ModuleSpec("mmf_cli.run", None)
    settings = {"init_method": None, "world_size": 2, "port": -1}
    config = OmegaConf.create({"distributed": settings, "training": {"device": "cpu"}})
    with pytest.raises(InputError, match="world_size=2 on CPU use the command mmf_run, or torchrun"):
        mmf.utils.distributed.infer_init_method(config)


def test_a_rank_is_known_without_nccl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dist, "is_nccl_available", lambda: False)
    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    monkeypatch.setattr(dist, "get_world_size", lambda: 3)
    monkeypatch.setattr(dist, "get_rank", lambda: 2)
    assert mmf.utils.distributed.get_rank() == 2
    assert mmf.utils.distributed.get_world_size() == 3
    assert not mmf.utils.distributed.is_master()


NINE_UPDATES = ("training.max_updates=9", "training.evaluation_interval=3", "training.checkpoint_interval=3")


def stock_command(folder: Path, *more: str) -> list[str]:
    """MMF's command for three epochs, each with a checkpoint at its end, which `recording` may disturb."""
    recorded = ("training.trainer=recorded", f"env.user_dir={ROOT / 'tests' / 'compat' / 'recording'}")
    return ["-m", "mmf_cli.run", *tiny.options(folder, *NINE_UPDATES, *recorded, UNUSED, *more)]


def last_weights(folder: Path) -> Tensor:
    """The classifier after nine updates."""
    checkpoint = torch.load(folder / "save" / "current.ckpt")
    assert checkpoint["num_updates"] == 9
    weight: Tensor = checkpoint["model"]["classifier.weight"]
    return weight


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Tensor:
    """The classifier after nine updates in one process."""
    folder = tmp_path_factory.mktemp("undisturbed")
    tiny.run(folder, *NINE_UPDATES)
    return last_weights(folder)


def test_a_lost_process_ends_the_others_with_a_sentence(tmp_path: Path) -> None:
    meeting = ("distributed.backend=gloo", "distributed.world_size=2")
    where = f"distributed.init_method=tcp://localhost:{free_port()}"
    kill = f"1:5:{tmp_path / 'killed'}"
    both = [python(*stock_command(tmp_path, *meeting, where, f"distributed.rank={rank}"), KILL=kill) for rank in (0, 1)]
    (code, said), (killed, _) = (outcome(process) for process in both)
    assert (code, killed) == (1, -signal.SIGKILL), said
    assert "Process 0 of 2 stops, as another is gone" in said
    assert "Traceback" not in said


def test_several_processes_say_what_is_wrong_with_their_input(tmp_path: Path) -> None:
    code, said = outcome(python(*TORCHRUN, *stock_command(tmp_path, "training.batch_size=9")))
    assert code == 1  # torchrun's own
    assert "training.batch_size=9 is of all 2 processes together: make it a multiple of 2." in said
    assert "[rank" not in said  # a traceback of theirs


def test_what_two_processes_left_goes_on_in_one(tmp_path: Path, undisturbed: Tensor) -> None:
    killed = python(*TORCHRUN, *stock_command(tmp_path), KILL=f"1:5:{tmp_path / 'killed'}")
    code, said = outcome(killed)
    assert code == 1, said
    assert "Signal 9 (SIGKILL) received" in said
    assert torch.load(tmp_path / "save" / "current.ckpt")["num_updates"] == 3
    tiny.run(tmp_path, *NINE_UPDATES, "checkpoint.resume=true")
    torch.testing.assert_close(last_weights(tmp_path), undisturbed, rtol=0, atol=1e-6)


def test_torchrun_starts_again_from_the_last_checkpoint(tmp_path: Path, undisturbed: Tensor) -> None:
    tiny.run(tmp_path, *NINE_UPDATES, "training.max_updates=3")  # what one process left goes on in two
    command = stock_command(tmp_path, "checkpoint.resume=true")
    expect_success(python(*TORCHRUN, "--max-restarts=1", *command, KILL=f"0:7:{tmp_path / 'killed'}"))
    assert (tmp_path / "killed").exists()
    losses = [json.loads((tmp_path / "save" / f"recorded{rank}.json").read_text())["losses"] for rank in (0, 1)]
    assert [len(of_rank) for of_rank in losses] == [3, 3]  # after the checkpoint of update 6
    torch.testing.assert_close(last_weights(tmp_path), undisturbed, rtol=0, atol=1e-6)


def test_an_attempt_does_not_find_the_addresses_of_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = dist.HashStore()
    monkeypatch.setattr(distributed, "rendezvous", lambda url, **kwargs: iter([(shared, 1, 2)]))
    of_attempt = []
    for count in ("0", "1"):
        monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", count)
        ((store, rank, processes),) = distributed._meet_in_this_attempt("attempt://")
        assert (rank, processes) == (1, 2)
        of_attempt.append(store)
    of_attempt[0].set("address of 0", "a process that died")
    assert of_attempt[0].check(["address of 0"])
    assert not of_attempt[1].check(["address of 0"])


def test_each_process_has_the_gpu_of_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[int] = []
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    monkeypatch.setattr(dist, "is_initialized", lambda: True)  # so that MMF's own part does nothing
    monkeypatch.setattr(dist, "get_rank", lambda: 5)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    config = OmegaConf.create(
        {"device_id": 0, "distributed": {"backend": "nccl", "init_method": "env://", "world_size": 8, "no_spawn": True}}
    )
    mmf.utils.distributed.distributed_init(config)
    assert (config.device_id, chosen, config.distributed.rank) == (1, [1], 5)
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(InputError, match="more processes here than there are GPUs: --nproc_per_node=2"):
        mmf.utils.distributed.distributed_init(config)
