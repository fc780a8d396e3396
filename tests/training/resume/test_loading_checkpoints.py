"""Checkpoints are read without running what is in them, and only into the model that they are of."""

import os
from pathlib import Path

import pytest
import torch
from mmf.common.registry import registry
from mmf.utils.checkpoint import Checkpoint
from omegaconf import OmegaConf, open_dict

from mmf_mixer.errors import InputError
from mmf_mixer.training.resume.loading_checkpoints import ASKED_FOR, resumed_file
from tests.compat import tiny


class Shell:
    """Pickles as a call of `os.system`."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self.command,)


def save(tmp_path: Path, **contents: object) -> str:
    torch.save(contents, tmp_path / "given.ckpt")
    return f"checkpoint.resume_file={tmp_path / 'given.ckpt'}"


def weights(**changed: torch.Tensor | None) -> dict[str, torch.Tensor]:
    """The state of a `TinyModel` whose classifier is all ones, with some entries replaced or, if None, left out."""
    state = {"classifier.weight": torch.ones(3, 4), "classifier.bias": torch.ones(3)}
    state |= {"unused.weight": torch.ones(1, 1), "unused.bias": torch.ones(1)}
    state |= {name.replace("_", "."): value for name, value in changed.items()}
    return {name: value for name, value in state.items() if value is not None}


ADAM = ("optimizer.type=AdamW", "optimizer.params={lr: 0.1, betas: [0.8, 0.9]}")


def test_a_run_resumes_with_config_objects_in_its_optimizer_and_scheduler(tmp_path: Path) -> None:
    scheduled = (*ADAM, "training.lr_scheduler=true", "scheduler={type: pythia}")
    tiny.run(tmp_path, *scheduled)
    resumed = tiny.run(tmp_path, *scheduled, "training.max_updates=6", "checkpoint.resume=true")
    assert len(resumed.batches) == 2
    saved = torch.load(tmp_path / "save" / "current.ckpt", weights_only=True)
    assert list(saved["optimizer"]["param_groups"][0]["betas"]) == [0.8, 0.9]


def test_any_config_can_be_read_back(tmp_path: Path) -> None:
    config = OmegaConf.create({"a": [1, 2.5, "x", True, None], "b": {"c": "${a}"}})
    torch.save({"config": config}, tmp_path / "config.ckpt")
    assert torch.load(tmp_path / "config.ckpt", weights_only=True)["config"] == config


def test_code_in_a_checkpoint_is_not_run(tmp_path: Path) -> None:
    given = save(tmp_path, model=weights(), extra=Shell(f"touch {tmp_path / 'owned'}"))
    with pytest.raises(InputError, match=r"given\.ckpt cannot be read \(it holds posix\.system"):
        tiny.run(tmp_path, given)
    assert not (tmp_path / "owned").exists()


def test_a_checkpoint_cut_off_is_named(tmp_path: Path) -> None:
    given = save(tmp_path, model=weights())
    whole = (tmp_path / "given.ckpt").read_bytes()
    (tmp_path / "given.ckpt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"given\.ckpt cannot be read .*delete it"):
        tiny.run(tmp_path, given)


def test_a_missing_resume_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no checkpoint at checkpoint\.resume_file=/nowhere\.ckpt"):
        tiny.run(tmp_path, "checkpoint.resume_file=/nowhere.ckpt")


def test_resume_without_a_checkpoint_starts_afresh(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Tried to resume"):
        assert len(tiny.run(tmp_path, "checkpoint.resume=true").batches) == 4


def evaluate(tmp_path: Path, given: str) -> tiny.TinyModel:
    return tiny.run(tmp_path, given, "run_type=val", "checkpoint.reset.all=true", "mmf_mixer.strict=true")


def test_a_run_of_nothing_of_ours_takes_what_fits_with_a_warning(tmp_path: Path) -> None:
    given = save(tmp_path, model=weights(unused_bias=None) | {"other.weight": torch.ones(1)})
    with pytest.warns(UserWarning, match=r"it lacks unused\.bias, and has besides other\.weight"):
        model = tiny.run(tmp_path, given, "run_type=val", "checkpoint.reset.all=true")
    assert torch.equal(model.classifier.weight, torch.ones(3, 4))


def test_positions_that_transformers_once_saved_are_no_weights(tmp_path: Path) -> None:
    old = weights() | {"bert.embeddings.position_ids": torch.arange(3)}
    assert torch.equal(evaluate(tmp_path, save(tmp_path, model=old)).classifier.weight, torch.ones(3, 4))


def test_the_best_weights_come_back_for_a_config_that_is_older_than_some_options(tmp_path: Path) -> None:
    tiny.run(tmp_path)
    trainer = registry.get("trainer")
    with open_dict(trainer.config) as config:
        for key in ASKED_FOR:
            del config.checkpoint[key]
    best = torch.load(tmp_path / "save" / "best.ckpt", weights_only=True)["model"]
    with torch.no_grad():
        trainer.model.classifier.weight.zero_()
    Checkpoint(trainer).restore()
    assert torch.equal(trainer.model.classifier.weight, best["classifier.weight"])


def test_weights_are_taken_from_the_checkpoint(tmp_path: Path) -> None:
    model = evaluate(tmp_path, save(tmp_path, model=weights()))
    assert torch.equal(model.classifier.weight, torch.ones(3, 4))


def test_a_second_run_is_not_taken_for_wrapped(tmp_path: Path) -> None:
    registry.register("data_parallel", True)  # as a run on two GPUs in this process leaves it
    model = evaluate(tmp_path, save(tmp_path, model=weights()))
    assert torch.equal(model.classifier.weight, torch.ones(3, 4))


def test_weights_that_are_missing_or_too_many_are_listed(tmp_path: Path) -> None:
    given = save(tmp_path, model=weights(unused_weight=None, unused_bias=None) | {"other.weight": torch.ones(1)})
    lists = r"it lacks unused\.bias, unused\.weight, and has besides other\.weight: "
    with pytest.raises(InputError, match=r"given\.ckpt is not of this model, of whose weights " + lists):
        evaluate(tmp_path, given)


def test_a_part_may_be_mapped(tmp_path: Path) -> None:
    given = save(tmp_path, model={"old.weight": torch.ones(3, 4), "old.bias": torch.ones(3)})
    mapped = ("checkpoint.resume_pretrained=true", "checkpoint.pretrained_state_mapping={classifier: old}")
    model = tiny.run(tmp_path, given, *mapped, "run_type=val")
    assert torch.equal(model.classifier.weight, torch.ones(3, 4))


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"given\.ckpt has none of the weights of TinyModel"):
        evaluate(tmp_path, save(tmp_path, model={"encoder.weight": torch.ones(2)}))


def test_a_checkpoint_of_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"another size: size mismatch for classifier\.bias"):
        evaluate(tmp_path, save(tmp_path, model=weights(classifier_bias=torch.ones(7))))


@pytest.mark.parametrize(
    ("wanted", "there", "taken"),
    [
        ({"resume": True}, ["best.ckpt", "current.ckpt"], "current.ckpt"),
        ({"resume": True, "resume_best": True}, ["best.ckpt", "current.ckpt"], "best.ckpt"),
        ({"resume": True}, ["best.ckpt", "given.ckpt"], "best.ckpt"),
        ({"resume": True}, ["given.ckpt"], "given.ckpt"),
        ({}, ["current.ckpt", "given.ckpt"], "given.ckpt"),
        ({"resume": True}, [], None),
    ],
)
def test_what_a_run_goes_on_from_is_found_as_by_mmf(
    tmp_path: Path, wanted: dict[str, bool], there: list[str], taken: str | None
) -> None:
    for name in there:
        (tmp_path / name).touch()
    checkpoint = {"resume": False, "resume_best": False, "resume_file": str(tmp_path / "given.ckpt"), **wanted}
    config = OmegaConf.create({"env": {"save_dir": str(tmp_path)}, "checkpoint": checkpoint})
    assert resumed_file(config) == (tmp_path / taken if taken else None)
