"""Which evaluations are a run's last ones."""

from pathlib import Path

import pytest
from mmf.modules.metrics import Accuracy

from mmf_mixer.training.evaluation import is_final_evaluation
from tests.compat import tiny


def test_only_the_evaluations_after_training_are_final(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    stock = Accuracy.calculate

    def calculate(self: Accuracy, sample_list: dict[str, object], *rest: object, **named: object) -> object:
        seen.append((sample_list["dataset_type"], is_final_evaluation()))
        return stock(self, sample_list, *rest, **named)

    monkeypatch.setattr(Accuracy, "calculate", calculate)
    tiny.run(tmp_path, "run_type=train_val_test")
    assert seen == [("val", False), ("val", False), ("val", True), ("test", True)]
    assert not is_final_evaluation()


def test_the_evaluations_of_a_run_without_training_are_final(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(Accuracy, "calculate", lambda *_: seen.append(is_final_evaluation()) or 0.0)
    with pytest.warns(UserWarning, match="initial weights"):
        tiny.run(tmp_path, "run_type=val")
    assert seen == [True] and not is_final_evaluation()
