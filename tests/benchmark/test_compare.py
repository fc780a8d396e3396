"""A whole comparison on a small synthetic data set: real trainings through MMF, one of which fails."""

import json
from pathlib import Path

import pytest

from mmf_mixer.benchmark.compare import Plan, compare
from mmf_mixer.benchmark.table import lines
from mmf_mixer.datasets.synthetic import synthesize


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root, out = tmp_path_factory.mktemp("clips"), tmp_path_factory.mktemp("out")
    synthesize(root / "data", clips=45, seed=0)
    options = (
        "config=projects/activity_recognition/configs/synthetic.yaml",
        "dataset=clips",
        f"dataset_config.clips.root={root / 'data'}",
        "training.max_updates=2",
        "training.evaluation_interval=2",
        "training.batch_size=8",
    )
    models = ("no_such_model", "concat_mlp", "mmf_transformer", "mmf_mixer")
    compare(Plan(options, models, use=("text,audio",), seeds=(1,), out=out, jobs=2))
    return out


def test_every_model_trains_from_one_config(out: Path) -> None:
    results = json.loads((out / "results.json").read_text())
    failed, *rows = results["rows"]
    assert "no_such_model" in failed["error"] and "error" not in str([row.keys() for row in rows])
    for row in rows:
        assert set(row["metrics"]) == {"group_accuracy", "mean_average_precision", "group_macro_f1"}
        assert 0 <= row["metrics"]["group_accuracy"] <= 1 and row["ms_per_step"] > 0 and row["params"] > 100_000
        assert (out / "runs" / f"{row['model']}-text+audio-seed1" / "best.ckpt").is_file()
    assert [line[0] for line in lines(results)] == ["no_such_model", "concat_mlp", "mmf_transformer", "mmf_mixer"]


def test_the_command_of_a_row_differs_in_the_model_alone(out: Path) -> None:
    rows = json.loads((out / "results.json").read_text())["rows"]
    commands = {row["command"].replace(row["model"], "MODEL") for row in rows}
    assert len(commands) == 1 and commands.pop().startswith("mmf_run config=")


def test_checkpoints_hold_the_fusion_and_not_the_frozen_encoders(out: Path) -> None:
    assert (out / "runs" / "mmf_mixer-text+audio-seed1" / "best.ckpt").stat().st_size < 20e6
