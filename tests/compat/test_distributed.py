"""Two real processes on CPU, started in each of the three ways, and what one process can say about them."""

import json
import os
import socket
import subprocess
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
from tests.compat import tiny

ROOT = Path(__file__).resolve().parents[2]
UNUSED = "training.find_unused_parameters=true"  # without it, torch refuses TinyModel's second update


def torchrun(*arguments: str) -> None:
    """Run `tiny.py` with these arguments in two processes, and expect them to end well."""
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    process = subprocess.Popen(
        [*launch, str(ROOT / "tests" / "compat" / "tiny.py"), *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        said, _ = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:  # they wait for each other
        process.terminate()  # torchrun then ends both
        said, _ = process.communicate()
    assert process.returncode == 0, said


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
