"""What `tuned_macro_f1` says of each label, and that a run tunes thresholds on its validation split alone."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from mmf.common.registry import registry
from torch import Tensor

from mmf_mixer.data.clip import LabelGroup, Labels
from mmf_mixer.measures.metrics import macro_f1
from mmf_mixer.measures.thresholds import read_thresholds, tune
from mmf_mixer.training import evaluation
from mmf_mixer.training.tuned_metric import TunedMacroF1, per_label

LABELS = Labels((LabelGroup("activity", True, ("a", "b")), LabelGroup("event", False, ("x", "y"))))
COUNTS = torch.tensor([30, 10, 5, 0])
SCORES = torch.tensor([[2.0, 1.0, -1.0, -3.0], [1.0, 2.0, -2.0, -1.0], [1.0, 2.0, -3.0, -2.0], [0.0, 5.0, -4.0, -9.0]])
TARGETS = torch.tensor([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])


def test_table_of_labels_by_hand() -> None:
    table = per_label(SCORES, TARGETS, LABELS, {"event/x": 0.1}, COUNTS)
    assert table["event/x"] == {
        "average_precision": 1.0,
        "f1": 1.0,
        "threshold": 0.1,
        "positives": 2,
        "training_positives": 5,
    }
    assert table["event/y"]["average_precision"] is None and table["event/y"]["f1"] == 0.0
    # a: only the first clip is called a, the first and the last are; ranks 1 and 4 of 4
    assert table["activity/a"]["f1"] == pytest.approx(2 / 3) and table["activity/a"]["threshold"] is None
    assert table["activity/a"]["average_precision"] == pytest.approx((1 + 2 / 4) / 2)


class Run:
    """What a metric sees of an MMF run whose files go to `folder`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, run_type: str = "train_val_test") -> None:
        self.folder, self.patch = folder, monkeypatch
        registry.register("toy_label_groups", LABELS)
        registry.register("toy_training_positives", COUNTS)
        monkeypatch.setattr("mmf_mixer.training.tuned_metric.get_mmf_env", lambda name: str(folder))
        config: Any = type("Config", (), {"run_type": run_type})
        registry.register("config", config)
        self.metric = TunedMacroF1()

    def evaluate(self, split: str, scores: Tensor = SCORES, targets: Tensor = TARGETS, final: bool = True) -> float:
        self.patch.setattr(evaluation, "_final", final)
        sample = {"targets": targets, "dataset_name": "toy", "dataset_type": split}
        return float(self.metric.calculate(sample, {"scores": scores}))

    def saved(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / name).read_text())
        return content


def test_thresholds_come_from_the_final_validation_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tmp_path, monkeypatch)
    untuned = macro_f1(SCORES, TARGETS, LABELS)
    run.evaluate("train", final=False)
    assert run.evaluate("val", final=False) > untuned  # tuned for the occasion
    assert not list(tmp_path.iterdir())  # and forgotten
    assert run.evaluate("test") == pytest.approx(untuned)

    run.evaluate("val")
    tuned = tune(SCORES, TARGETS, LABELS)
    assert read_thresholds(tmp_path) == tuned
    other = TARGETS.flip(0)
    found = run.evaluate("test", targets=other)
    assert read_thresholds(tmp_path) == tuned != tune(SCORES, other, LABELS)
    table = per_label(SCORES, other, LABELS, tuned, COUNTS)
    assert run.saved("per_label.json") == {"test": table, "val": per_label(SCORES, TARGETS, LABELS, tuned, COUNTS)}
    assert found == pytest.approx(np.mean([row["f1"] for row in table.values() if row["positives"]]))


def test_a_run_that_only_tests_takes_the_saved_thresholds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    best = Run(tmp_path, monkeypatch).evaluate("val")
    assert Run(tmp_path, monkeypatch, "test").evaluate("test") == pytest.approx(best)
    assert Run(tmp_path, monkeypatch, "train_test").evaluate("test") < best  # those would be of other weights


def test_only_the_first_process_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tmp_path, monkeypatch)
    monkeypatch.setattr("mmf_mixer.training.tuned_metric.is_main_process", lambda: False)
    best = run.evaluate("val")
    assert not list(tmp_path.iterdir())
    assert run.evaluate("test") == pytest.approx(best)


def test_unreadable_clips_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tmp_path, monkeypatch)
    spoilt = torch.cat([TARGETS, torch.full((1, 4), -1.0)])
    run.evaluate("val", scores=torch.cat([SCORES, 9 * torch.ones(1, 4)]), targets=spoilt)
    assert read_thresholds(tmp_path) == tune(SCORES, TARGETS, LABELS)
    assert run.evaluate("val", targets=torch.full((4, 4), -1.0)) == 0.0


def test_a_real_run_ends_with_thresholds_of_its_best_weights(folder: Path, config: Path, tmp_path: Path) -> None:
    from mmf_cli.run import run

    from tests.store import small

    labels = yaml.safe_load((folder / "labels.yaml").read_text())
    labels["groups"]["activity"]["exclusive"] = False
    (folder / "labels.yaml").write_text(yaml.safe_dump(labels))
    save = tmp_path / "save"
    metrics = "[tuned_macro_f1,tail_mean_average_precision]"
    run(small.options(config, run_type="train_val_test", evaluation__metrics=metrics, env__save_dir=str(save)))

    table = json.loads((save / "per_label.json").read_text())
    assert list(table) == ["val", "test"]
    assert read_thresholds(save) == {name: row["threshold"] for name, row in table["val"].items()}
    assert read_thresholds(save) == {name: row["threshold"] for name, row in table["test"].items()}
    assert table["val"]["activity/laugh"]["training_positives"] == 1
    found = registry.get("metrics.clips.test")["test/clips/tuned_macro_f1"]
    assert float(found) == pytest.approx(
        np.mean([row["f1"] for row in table["test"].values() if row["positives"]]), abs=1e-6
    )
