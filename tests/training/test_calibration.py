"""Weights of heads come from the validation split, with each validation, and are kept with the model."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from mmf.common.registry import registry
from mmf_cli.run import run
from omegaconf import OmegaConf
from torch import Tensor

from mmf_mixer.releases import is_package_release
from mmf_mixer.training import calibration
from mmf_mixer.training.evaluation import final_evaluation
from tests.store import small

WEIGHTS = "pool.weights"


@pytest.fixture
def trained(tmp_path: Path) -> Any:
    """The trainer of a run on small clips, validated after each of two updates."""
    config = small.write_config(tmp_path / "config.yaml", small.make_folder(tmp_path / "data"))
    run(small.options(config, env__save_dir=str(tmp_path / "save"), training__evaluation_interval="1"))
    return registry.get("trainer")


def refit(trainer: Any) -> Tensor:
    """The weights that calibration finds, wherever it begins."""
    trainer.model.pool.weights.fill_(5.0)
    calibration.calibrated(trainer, trainer.val_loader)
    weights: Tensor = trainer.model.pool.weights.clone()
    return weights


def test_the_weights_of_the_best_checkpoint_are_those_of_its_model(trained: Any, tmp_path: Path) -> None:
    saved = torch.load(tmp_path / "save" / "best.ckpt")["model"]
    assert saved[WEIGHTS].shape == (4, 15) and not (saved[WEIGHTS] == 1).all()
    trained.model.load_state_dict(saved)
    torch.testing.assert_close(refit(trained), saved[WEIGHTS], rtol=1e-3, atol=1e-4)


def test_the_last_evaluation_leaves_them(trained: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "is_final_evaluation", lambda: True)
    assert (refit(trained) == 5).all()


def test_two_processes_fit_what_both_have_seen(trained: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = refit(trained)

    def in_two(mine: list[tuple[Tensor, Tensor]]) -> list[list[tuple[Tensor, Tensor]]]:
        ((scores, targets),) = mine
        return [[(scores[:2], targets[:2])], [(scores[2:], targets[2:])]]

    monkeypatch.setattr(calibration, "all_gather", in_two)
    torch.testing.assert_close(refit(trained), whole)


def test_a_model_without_a_pool_keeps_its_loader() -> None:
    loader: list[Any] = []
    assert calibration.calibrated(SimpleNamespace(model=torch.nn.Linear(2, 2)), loader) is loader


def validate(trainer: Any) -> Any:
    """The report of the validation split, and the meter, in either release of MMF."""
    if hasattr(trainer, "evaluation_loop"):
        return trainer.evaluation_loop("val")
    return trainer.evaluate(trainer.val_loader)


@pytest.mark.parametrize("bf16", [False, True])
def test_a_validation_finds_what_another_pass_over_the_media_finds(trained: Any, bf16: bool) -> None:
    if bf16 and not is_package_release():
        pytest.skip("the source release has no such option")
    OmegaConf.update(trained.training_config, "bf16", bf16, force_add=True)
    report, meter = validate(trained)
    with final_evaluation():  # which fits nothing
        again, second = validate(trained)
    assert "video" in again and "video" not in report
    assert torch.equal(report["scores"], again["scores"])
    assert meter.get_scalar_dict() == second.get_scalar_dict()


def test_a_validation_encodes_each_clip_once(trained: Any) -> None:
    seen = Counter[str]()
    for name, encoder in trained.model.encoders.items():
        encoder.register_forward_pre_hook(lambda _, inputs, name=name: seen.update({name: len(inputs[0])}))
    validate(trained)
    assert seen == dict.fromkeys(trained.model.encoders, small.SIZES["val"])
