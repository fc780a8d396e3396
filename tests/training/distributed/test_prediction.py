"""`mmf_predict`: its options count, its rows are the samples in order, and its model was trained."""

import json
from pathlib import Path

import pytest
import torch
from mmf_cli.predict import predict

from mmf_mixer.errors import InputError
from tests.compat import tiny

RESUME = "checkpoint.resume=true"


def predictions(folder: Path) -> list[dict[str, int]]:
    """The rows of the only prediction file under `folder`."""
    (file,) = folder.rglob("reports/*.json")
    rows: list[dict[str, int]] = json.loads(file.read_text())
    return rows


def test_predict_takes_its_options(tmp_path: Path) -> None:
    trained = tiny.run(tmp_path)
    given = tiny.options(tmp_path, RESUME, "run_type=test")
    kept = list(given)
    predict(given)
    assert given == kept
    test = tiny.TinyDataset({}, "test").values
    answers = trained.classifier(test).argmax(dim=1).tolist()
    assert predictions(tmp_path) == [{"id": index, "answer": answer} for index, answer in enumerate(answers)]


def test_prediction_without_the_checkpoint_asked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"no checkpoint in {tmp_path / 'save'} to predict with"):
        predict(tiny.options(tmp_path, RESUME))
    with pytest.raises(InputError, match="no checkpoint"):
        tiny.run(tmp_path, RESUME, "run_type=test")


def test_evaluation_of_initial_weights_is_pointed_out(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="results are of its initial weights"):
        tiny.run(tmp_path, "run_type=val")


def test_bare_weights_are_a_trained_model(tmp_path: Path) -> None:
    tiny.run(tmp_path)
    weights = tmp_path / "save" / "tiny_final.pth"
    model = tiny.run(
        tmp_path, f"checkpoint.resume_file={weights}", "run_type=test", "checkpoint.reset.all=true", RESUME
    )
    assert torch.equal(model.classifier.weight, torch.load(weights)["classifier.weight"])
