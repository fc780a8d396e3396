"""XLA devices: where torch_xla is installed on two devices of its CPU client, and everywhere on a stand-in for it."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from mmf_mixer.errors import InputError
from mmf_mixer.training import xla
from tests.compat import tiny
from tests.compat.processes import ROOT, expect_success, python


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is asked of a stand-in for torch_xla that has two devices and computes on the CPU."""
    made: list[Any] = []
    spmd = SimpleNamespace(
        Mesh=lambda ids, shape, names: SimpleNamespace(ids=ids, shape=shape, names=names, size=lambda: 2),
        set_global_mesh=lambda mesh: made.append((*mesh.shape, *mesh.names)),
        get_global_mesh=lambda: SimpleNamespace(size=lambda: 2),
        mark_sharding=lambda value, mesh, axes: made.append((tuple(value.shape), axes)),
    )
    runtime = SimpleNamespace(use_spmd=lambda: made.append("spmd"), global_runtime_device_count=lambda: 2)
    modules = {
        "torch_xla": SimpleNamespace(device=lambda: torch.device("cpu"), sync=lambda: made.append("sync")),
        "torch_xla.runtime": runtime,
        "torch_xla.distributed": SimpleNamespace(spmd=spmd),
        "torch_xla.distributed.spmd": spmd,
    }
    modules["torch_xla"].runtime, modules["torch_xla"].distributed = runtime, modules["torch_xla.distributed"]
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(xla, "find_spec", lambda name: name)
    return made


def test_a_run_splits_its_batches_and_asks_for_each_step(tmp_path: Path, calls: list[Any]) -> None:
    model = tiny.run(tmp_path, "training.device=xla")
    assert calls[:2] == ["spmd", (2, "batch")]
    assert calls.count("sync") == 4  # updates
    assert ((8, tiny.FEATURES), ("batch", None)) in calls
    assert ((8,), ("batch",)) in calls
    assert not [call for call in calls if call[0] == (3, tiny.FEATURES)]  # the last of 51 samples, in batches of 8
    split = model.classifier.weight.clone()
    torch.testing.assert_close(split, tiny.run(tmp_path / "save", "training.device=cpu").classifier.weight)


def test_state_is_given_out_on_the_cpu() -> None:
    model = torch.nn.Linear(2, 1, device="meta")
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    moved: list[torch.Tensor] = []

    class Elsewhere(torch.Tensor):
        def cpu(self) -> torch.Tensor:  # type: ignore[override]
            moved.append(self)
            return torch.zeros(self.shape)

    xla.save_as_on_cpu(model, optimizer)
    optimizer.state[model.weight]["momentum_buffer"] = torch.zeros(1, 2).as_subclass(Elsewhere)
    with pytest.raises(NotImplementedError):  # a meta tensor has nothing to copy, hence it was asked for it
        model.state_dict()
    assert type(optimizer.state_dict()["state"][0]["momentum_buffer"]) is torch.Tensor
    assert len(moved) == 1


def test_without_torch_xla_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xla, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="training.device=xla needs torch_xla"):
        xla.all_xla_devices()


@pytest.mark.slow
def test_two_xla_devices_train_as_the_cpu(tmp_path: Path) -> None:
    pytest.importorskip("torch_xla")
    recorded = ("training.trainer=recorded", f"env.user_dir={ROOT / 'tests' / 'compat' / 'recording'}")
    environment = {"PJRT_DEVICE": "CPU", "CPU_NUM_DEVICES": "2"}
    losses = {}
    for device in ("cpu", "xla"):
        (tmp_path / device).mkdir()
        command = tiny.options(tmp_path / device, *recorded, f"training.device={device}")
        expect_success(python("-m", "mmf_cli.run", *command, **environment))
        losses[device] = json.loads((tmp_path / device / "save" / "recorded0.json").read_text())["losses"]
    assert losses["xla"] == pytest.approx(losses["cpu"], abs=1e-5)
    state = torch.load(tmp_path / "xla" / "save" / "current.ckpt")["model"]
    assert {value.device.type for value in state.values()} == {"cpu"}
