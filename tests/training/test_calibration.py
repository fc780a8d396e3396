"""Weights of heads come from the validation split, with each validation, and are kept with the model."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from mmf.common.registry import registry
from mmf_cli.run import run

from mmf_mixer.training import calibration
from tests.store import small

WEIGHTS = "pool.weights"


@pytest.fixture
def trained(tmp_path: Path) -> Any:
    """The trainer of a run on small clips, validated after each of two updates."""
    config = small.write_config(tmp_path / "config.yaml", small.make_folder(tmp_path / "data"))
    run(small.options(config, env__save_dir=str(tmp_path / "save"), training__evaluation_interval="1"))
    return registry.get("trainer")


def test_the_weights_of_the_best_checkpoint_are_those_of_its_model(trained: Any, tmp_path: Path) -> None:
    saved = torch.load(tmp_path / "save" / "best.ckpt")["model"]
    assert saved[WEIGHTS].shape == (3, 15) and not (saved[WEIGHTS] == 1).all()
    trained.model.load_state_dict(saved)
    trained.model.pool.weights.fill_(5.0)
    calibration.calibrate(trained)
    torch.testing.assert_close(trained.model.pool.weights, saved[WEIGHTS], rtol=1e-3, atol=1e-4)


def test_the_last_evaluation_leaves_them(trained: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    trained.model.pool.weights.fill_(5.0)
    monkeypatch.setattr(calibration, "is_final_evaluation", lambda: True)
    calibration.calibrate(trained)
    assert (trained.model.pool.weights == 5).all()


def test_two_processes_fit_what_both_have_seen(trained: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = trained.model.pool
    calibration.calibrate(trained)
    whole = pool.weights.clone()
    (said,) = calibration._opinions(trained, trained.model)
    parts = [calibration._Said(said.dataset, said.scores[at], said.targets[at]) for at in (slice(0, 2), slice(2, 3))]
    monkeypatch.setattr(calibration, "all_gather", lambda mine: [[part] for part in parts])
    pool.weights.fill_(5.0)
    calibration.calibrate(trained)
    torch.testing.assert_close(pool.weights, whole)


def test_a_model_without_a_pool_is_not_even_asked() -> None:
    calibration.calibrate(SimpleNamespace(model=torch.nn.Linear(2, 2)))  # it has no val_loader
