"""A whole comparison on a small synthetic data set: real trainings through MMF, one of which fails."""

import json
import shutil
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import mmf_mixer.benchmark.processes as processes
from mmf_mixer.benchmark.compare import compare
from mmf_mixer.benchmark.plan import Plan, Study
from mmf_mixer.benchmark.scores import read_scores
from mmf_mixer.benchmark.section import RowConfig, Section
from mmf_mixer.benchmark.table import headings, lines
from mmf_mixer.synthetic.activities import synthesize

CONFIG = "projects/activity_recognition/configs/synthetic.yaml"
ROWS = {
    "small": RowConfig(
        "mmf_mixer",
        {"model_config.mmf_mixer.channels": 32, "training.experiment_name": "{fraction} of {seed}"},
        {"optimizer.params.lr": [0.01]},
    )
}
MODELS = ("no_such_model", "majority", "late_fusion", "small")


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    root, out = tmp_path_factory.mktemp("clips"), tmp_path_factory.mktemp("out")
    synthesize(root / "data", clips=45, seed=0)
    options = (
        f"config={CONFIG}",
        "dataset=clips",
        f"dataset_config.clips.root={root / 'data'}",
        "training.max_updates=2",
        "training.evaluation_interval=2",
        "training.batch_size=8",
    )
    return Plan(
        options,
        MODELS,
        ("text,audio",),
        (1,),
        out,
        ("text", "audio"),
        fractions=(12.0,),
        section=Section(rows=ROWS),
        jobs=2,
    )


@pytest.fixture(scope="module")
def at_first() -> list[str]:
    """The folders of the processes that the first comparison starts, in turn."""
    return []


@pytest.fixture(scope="module")
def results(plan: Plan, at_first: list[str]) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        note_starts(patch, at_first)
        compare(plan)
    found: dict[str, Any] = json.loads((plan.out / "results.json").read_text())
    return found


def note_starts(patch: pytest.MonkeyPatch, folders: list[str]) -> None:
    """Add the folder of each process that is started from now on."""
    stock = processes.Task.start

    def start(self: processes.Task, *order: Any) -> None:
        folders.append(self.folder.name)
        stock(self, *order)

    patch.setattr(processes.Task, "start", start)


def test_every_row_is_measured_and_one_that_fails_stops_no_other(results: dict[str, Any]) -> None:
    names = [(row["model"], row["modalities"]) for row in results["rows"]]
    both = ["text", "audio"]
    assert names == [
        ("small", ["text"]),
        ("small", ["audio"]),
        *((name, both if name != "majority" else []) for name in MODELS),
    ]
    failed = [row for row in results["rows"] if "error" in row]
    assert [row["model"] for row in failed] == ["no_such_model"] and "no_such_model" in failed[0]["error"]
    for row in results["rows"]:
        if row not in failed:
            assert set(row["metrics"]) == {"group_accuracy", "mean_average_precision", "group_macro_f1"}
            assert (row["params"] > 10_000) == (row["ms_per_step"] > 0) == (row["model"] != "majority")
    assert lines(results)[2][:3] == ("no_such_model", "text + audio", "failed")


def test_what_takes_longest_is_started_first(results: dict[str, Any], at_first: list[str]) -> None:
    both, single = "text+audio-12-seed1", ["small-text-12-seed1", "small-audio-12-seed1"]
    assert at_first == [f"no_such_model-{both}", f"small-{both}", *single, f"majority-{both}", f"late_fusion-{both}"]


def test_scores_are_those_that_the_metrics_are_of(plan: Plan, results: dict[str, Any]) -> None:
    for row in results["rows"]:
        assert ("criterion" in row) == (row["model"] == "small")  # an untrained row's would be no number
        if "error" not in row:
            test = read_scores(plan.out / row["scores"])["test"]
            assert test.index.tolist() == list(range(15)) and (test.targets.sum(axis=1) == 1).all()
            hits = test.scores.argmax(axis=1) == test.targets.argmax(axis=1)
            assert hits.mean() == pytest.approx(row["metrics"]["group_accuracy"])


def test_usage_is_of_rows_with_several_modalities(plan: Plan, results: dict[str, Any]) -> None:
    told = {tuple(row["modalities"]): row["usage"] for row in results["rows"] if "usage" in row}
    assert list(told) == [("text", "audio")]
    assert set(json.loads((plan.out / told["text", "audio"]).read_text())["modalities"]) == {"text", "audio"}


def test_rows_with_several_modalities_are_also_made_additive(plan: Plan, results: dict[str, Any]) -> None:
    made = {tuple(row["modalities"]): row["additive"] for row in results["rows"] if "additive" in row}
    assert list(made) == [("text", "audio")]
    additive = read_scores(plan.out / made["text", "audio"])
    assert list(additive) == ["test"] and additive["test"].index.tolist() == list(range(15))
    metrics = [(each["model"], each["metric"]) for each in results["interactions"]]
    assert ("small", "additive_gap") in metrics and ("late_fusion", "accuracy_beyond_opinions") in metrics


def test_late_fusion_pools_the_single_rows(plan: Plan, results: dict[str, Any]) -> None:
    text, audio, *_ = results["rows"]
    fused = next(row for row in results["rows"] if row["model"] == "late_fusion")
    one, other, both = (read_scores(plan.out / row["scores"])["test"].scores for row in (text, audio, fused))
    ((weight, weight_of_other),) = fused["weights"].values()  # of the one group
    np.testing.assert_allclose(weight * one + weight_of_other * other, both, rtol=1e-4, atol=1e-5)
    assert fused["params"] == text["params"] + audio["params"]


def test_checkpoints_are_the_best_of_each_row_without_frozen_encoders(plan: Plan, results: dict[str, Any]) -> None:
    folder = plan.row_folder(Study("small", "text,audio", 12.0), 1)
    assert (folder / "best.ckpt").stat().st_size < 20e6
    assert not (folder / "models").exists() and not (folder / "current.ckpt").exists()
    assert "12 of 1" in (folder / "config.yaml").read_text()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders of the processes that are started from now on."""
    folders: list[str] = []
    note_starts(monkeypatch, folders)
    return folders


def test_a_second_run_starts_nothing_but_what_is_missing(
    plan: Plan, results: dict[str, Any], started: list[str]
) -> None:
    quick = replace(plan, models=MODELS[1:])
    again = compare(quick)
    assert started == []
    assert again["rows"] == [row for row in results["rows"] if "error" not in row]
    assert again["environment"] == results["environment"]
    # a kill leaves a folder without an outcome
    shutil.move(plan.row_folder(Study("majority", "text,audio", 12.0), 1) / "outcome.json", plan.out / "away")
    assert [row["metrics"] for row in compare(quick)["rows"]] == [row["metrics"] for row in again["rows"]]
    assert started == ["majority-text+audio-12-seed1"]


def test_trials_choose_by_validation_and_leave_no_weights(
    plan: Plan, results: dict[str, Any], started: list[str]
) -> None:
    tuned = replace(plan, models=("small",), use=("text",), single=(), trials=2)
    (row,) = compare(tuned)["rows"]
    study = Study("small", "text", 12.0)
    values = []
    for number in (0, 1):
        folder = tuned.trial_folder(study, number)
        outcome = json.loads((folder / "outcome.json").read_text())
        values.append(outcome["criterion"]["value"])
        assert outcome["criterion"]["name"] == "val/clips/mean_average_precision" and "metrics" not in outcome
        assert "inference on test" not in (folder / "log.txt").read_text()
        assert not [*folder.rglob("*.ckpt"), *folder.rglob("*.pth")]
    expected = {"optimizer.params.lr": 0.01} if values[1] > values[0] else {}
    assert (row["tuned"], row["trials"]) == (expected, 2)
    assert started[:2] == ["0", "1"] and set(started[2:]) <= {"small-text-12-seed1"}


def test_a_trial_that_fails_is_passed_over_and_a_study_of_such_says_so(plan: Plan, results: dict[str, Any]) -> None:
    rows = {
        "steep": RowConfig(
            "mmf_mixer",
            {"model_config.mmf_mixer.channels": 32, "training.max_updates": 6, "training.evaluation_interval": 6},
            {"optimizer.params.weight_decay": [1e300]},
        ),
        "misspelt": RowConfig("mmf_mixer", {"model_config.mmf_mixer.chanels": 32}, {"optimizer.params.lr": [0.01]}),
    }
    told: list[dict[str, Any]] = []
    tuned = replace(plan, models=(*rows,), use=("text",), single=(), trials=2, section=Section(rows=rows))
    found = compare(tuned, on_results=lambda partial: told.append(json.loads(json.dumps(partial))))
    by_model = {row["model"]: row for row in found["rows"]}
    failed = tuned.trial_folder(Study("steep", "text", 12.0), 1)
    assert not (failed / "outcome.json").exists() and "The loss of update" in (failed / "log.txt").read_text()
    assert by_model["steep"]["tuned"] == {} and "metrics" in by_model["steep"]  # the trial that failed is not chosen
    assert by_model["misspelt"]["error"].startswith("none of its 2 trials ended well, so it is not trained; see ")
    assert [partial["finished"] for partial in told] == [False] * (len(told) - 1) + [True]
    assert [len(partial["rows"]) for partial in told] == sorted(len(partial["rows"]) for partial in told)


def test_late_fusion_of_what_could_not_be_tuned_says_so(plan: Plan, results: dict[str, Any]) -> None:
    rows = {"misspelt": RowConfig("mmf_mixer", {"model_config.mmf_mixer.chanels": 32}, {"optimizer.params.lr": [0.01]})}
    tuned = replace(plan, models=("late_fusion", "misspelt"), trials=1, section=Section(rows=rows))
    found = compare(tuned)
    assert {row["model"] for row in found["rows"] if "error" in row} == {"late_fusion", "misspelt"}
    assert json.loads((plan.out / "results.json").read_text())["finished"] is True


def test_times_say_beside_how_many_they_were_taken(results: dict[str, Any]) -> None:
    assert {row["jobs"] for row in results["rows"] if "error" not in row} == {2}
    assert headings(results)[-1] == "ms / step, beside others"
